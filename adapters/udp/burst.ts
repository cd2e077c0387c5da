import type { Address, Arrival } from './endpoint.ts'

/** A burst that goes on and on is closed this long after its first datagram. */
const BURST_MS_MAX = 1

/**
 * Gathers the datagrams that arrive together. The event loop hands over a few dozen datagrams a
 * turn, so a burst closes in the first turn that brings no more, or 1 ms after its first datagram.
 */
export class Burst {
  readonly #onClosed: (arrival: Arrival) => void
  #datagrams: Buffer[] = []
  #from: Address[] = []
  #startedMs = 0
  /** How many datagrams the previous turn had already seen. */
  #seen = 0
  #isStopped = false

  constructor(onClosed: (arrival: Arrival) => void) {
    this.#onClosed = onClosed
  }

  add(datagram: Buffer, from: Address): void {
    if (this.#datagrams.length === 0) {
      this.#startedMs = performance.now()
      setImmediate(this.#onTurn)
    }
    this.#datagrams.push(datagram)
    this.#from.push(from)
  }

  /** Hands over no more. */
  stop(): void {
    this.#isStopped = true
  }

  readonly #onTurn = (): void => {
    if (this.#isStopped) return
    const atMs = performance.now()
    const datagrams = this.#datagrams
    const from = this.#from
    if (datagrams.length > this.#seen && atMs - this.#startedMs < BURST_MS_MAX) {
      this.#seen = datagrams.length
      setImmediate(this.#onTurn)
      return
    }
    this.#datagrams = []
    this.#from = []
    this.#seen = 0
    this.#onClosed({ atMs, datagrams, from })
  }
}
