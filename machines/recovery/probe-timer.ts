import { PROOF_REPEAT_MS } from '../limits.ts'
import type { RttEstimator } from './rtt.ts'

/** Datagrams that a probe may send beyond the congestion window (RFC 9002 §6.2.4). */
export const PROBE_DATAGRAMS = 2

/** The silence after which a sender probes (RFC 9002 §6.2). */
export class ProbeTimer {
  /** Probes since the last answer. */
  inARow = 0
  #sinceMs: number
  /** When the peer, which was not heard yet, was last asked to believe our address; else null. */
  #provedAtMs: number | null

  /** `proves`: until the first answer the peer is asked more often (RFC 9002 §6.2.2.1). */
  constructor(atMs: number, proves: boolean) {
    this.#sinceMs = atMs
    this.#provedAtMs = proves ? atMs : null
  }

  /** Nothing was heard yet: to ask is enough, and no data need be sent again. */
  get isProving(): boolean {
    return this.#provedAtMs !== null
  }

  /** Data left, which gives the peer new time to answer. */
  onSent(atMs: number): void {
    this.#sinceMs = Math.max(this.#sinceMs, atMs)
  }

  onProbed(atMs: number): void {
    if (this.#provedAtMs !== null) {
      this.#provedAtMs = atMs
      return
    }
    this.inARow += 1
    this.onSent(atMs)
  }

  /**
   * The peer was heard. With bytes under way only progress is an `answer` that puts the next probe
   * off: a receiver that misses the last datagrams repeats its status more often than a long path's
   * probe timeout.
   */
  onHeard(answer: boolean, atMs: number): void {
    this.#provedAtMs = null
    if (!answer) return
    this.inARow = 0
    this.onSent(atMs)
  }

  dueAtMs(rtt: RttEstimator): number {
    if (this.#provedAtMs !== null) return this.#provedAtMs + PROOF_REPEAT_MS
    return this.#sinceMs + rtt.probeTimeoutMs(this.inARow)
  }
}
