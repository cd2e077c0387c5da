import type { Fate, Packet, Rule } from './packet.ts'
import { seededRandom } from './random.ts'

export type Direction = 'toServer' | 'toClient'

/** What one direction of the link did so far. Bytes are UDP payload. */
export interface LinkStatistics {
  readonly sent: number
  readonly sentBytes: number
  /** Duplicates count again; what nobody was there to hear does not count. */
  readonly delivered: number
  readonly deliveredBytes: number
  /** By the name of the rule that dropped them. */
  readonly dropped: Readonly<Record<string, number>>
}

/** One thing that happened to a packet; what a trace or a ladder diagram is made of. */
export type LinkStep =
  | { readonly type: 'sent'; readonly direction: Direction; readonly packet: Packet }
  | {
      readonly type: 'dropped'
      readonly direction: Direction
      readonly packet: Packet
      readonly rule: string
    }
  | { readonly type: 'delivered'; readonly direction: Direction; readonly packet: Packet }

interface Stage {
  readonly name: string
  readonly apply: (packet: Packet) => Fate
}

/** One direction of the simulated link: a chain of rules that has begun to run. */
export class Link {
  readonly #direction: Direction
  readonly #stages: readonly Stage[]
  readonly #trace: ((step: LinkStep) => void) | undefined
  readonly #dropped: Record<string, number> = {}
  #sent = 0
  #sentBytes = 0
  #delivered = 0
  #deliveredBytes = 0

  constructor(
    direction: Direction,
    rules: readonly Rule[],
    seed: number,
    trace?: (step: LinkStep) => void,
  ) {
    this.#direction = direction
    this.#stages = started(rules, `${seed}/${direction}`)
    this.#trace = trace
  }

  get statistics(): LinkStatistics {
    return {
      sent: this.#sent,
      sentBytes: this.#sentBytes,
      delivered: this.#delivered,
      deliveredBytes: this.#deliveredBytes,
      dropped: { ...this.#dropped },
    }
  }

  /**
   * Takes in `bytes` at `atMs` as datagrams of `segmentBytes`, the last may be shorter, and gives
   * `pass` every packet that comes out, with the time it arrives.
   */
  carry(bytes: Buffer, segmentBytes: number, atMs: number, pass: (packet: Packet) => void): void {
    for (let offset = 0; offset < bytes.length; offset += segmentBytes) {
      const datagram = bytes.subarray(offset, offset + segmentBytes)
      const packet: Packet = { number: this.#sent, bytes: datagram, atMs }
      this.#sent++
      this.#sentBytes += datagram.length
      this.#trace?.({ type: 'sent', direction: this.#direction, packet })
      this.#run(packet, 0, pass)
    }
  }

  /** Notes that a packet which came out reached somebody. */
  delivered(packet: Packet): void {
    this.#delivered++
    this.#deliveredBytes += packet.bytes.length
    this.#trace?.({ type: 'delivered', direction: this.#direction, packet })
  }

  #run(entering: Packet, firstStage: number, pass: (packet: Packet) => void): void {
    let packet = entering
    for (let i = firstStage; i < this.#stages.length; i++) {
      const stage = this.#stages[i]!
      const fate = stage.apply(packet)
      if (fate !== null && 'atMs' in fate) {
        packet = fate
        continue
      }
      if (fate === null || fate.length === 0) this.#drop(packet, stage.name)
      else for (const each of fate) this.#run(each, i + 1, pass)
      return
    }
    pass(packet)
  }

  #drop(packet: Packet, rule: string): void {
    this.#dropped[rule] = (this.#dropped[rule] ?? 0) + 1
    this.#trace?.({ type: 'dropped', direction: this.#direction, packet, rule })
  }
}

/**
 * Starts a chain. The dice of a rule depend on its name and on how many of that name stand ahead
 * of it, not on its place: adding a rule of another kind leaves everybody's luck as it was.
 */
function started(rules: readonly Rule[], seed: string): readonly Stage[] {
  const count = new Map<string, number>()
  return rules.map((rule) => {
    const name = rule.name || 'rule'
    const ahead = count.get(name) ?? 0
    count.set(name, ahead + 1)
    const random = seededRandom(`${seed}/${name}/${ahead}`)
    const apply =
      typeof rule === 'function' ? (packet: Packet) => rule(packet, random) : rule.start(random)
    return { name, apply }
  })
}
