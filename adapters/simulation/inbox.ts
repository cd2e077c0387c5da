import type { Packet } from './packet.ts'

/** A packet that will arrive, and whom it is from; null where that is the network itself. */
export interface Delivery<From> {
  readonly packet: Packet
  readonly from: From
}

/**
 * What is under way to one place. Hands over together all that is due, in the order of its exact
 * times, from one global timer at whole milliseconds (fake timers have no others), never from
 * within `add`. Packets of the same moment stay in order.
 */
export class Inbox<From> {
  readonly #originMs: number
  readonly #onDue: (due: readonly Delivery<From>[]) => void
  /** By the whole ms at which they are handed over; sorted only then, which is cheaper. */
  readonly #waiting = new Map<number, Delivery<From>[]>()
  /** The keys of `#waiting`, ascending. */
  readonly #dueMs: number[] = []
  #timer: NodeJS.Timeout | undefined

  /** @param originMs where the packets' `atMs` count from, on the clock of `performance.now()` */
  constructor(originMs: number, onDue: (due: readonly Delivery<From>[]) => void) {
    this.#originMs = originMs
    this.#onDue = onDue
  }

  add(packet: Packet, from: From): void {
    const dueMs = Math.ceil(packet.atMs)
    const together = this.#waiting.get(dueMs)
    if (together !== undefined) {
      together.push({ packet, from })
      return
    }
    this.#waiting.set(dueMs, [{ packet, from }])
    let at = this.#dueMs.length
    while (at > 0 && this.#dueMs[at - 1]! > dueMs) at--
    this.#dueMs.splice(at, 0, dueMs)
    if (at === 0) this.#arm()
  }

  clear(): void {
    this.#waiting.clear()
    this.#dueMs.length = 0
    this.#arm()
  }

  #arm(): void {
    clearTimeout(this.#timer)
    const dueMs = this.#dueMs[0]
    if (dueMs === undefined) return
    this.#timer = setTimeout(this.#onTimer, Math.max(0, Math.ceil(dueMs - this.#nowMs())))
  }

  readonly #onTimer = (): void => {
    const nowMs = this.#nowMs()
    const due: Delivery<From>[] = []
    while (this.#dueMs.length > 0 && this.#dueMs[0]! <= nowMs) {
      const dueMs = this.#dueMs.shift()!
      const together = this.#waiting.get(dueMs) ?? []
      this.#waiting.delete(dueMs)
      for (const delivery of together.sort(byArrival)) due.push(delivery)
    }
    this.#arm()
    if (due.length > 0) this.#onDue(due)
  }

  #nowMs(): number {
    return performance.now() - this.#originMs
  }
}

function byArrival(a: Delivery<unknown>, b: Delivery<unknown>): number {
  return a.packet.atMs - b.packet.atMs
}
