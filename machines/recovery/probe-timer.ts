import { STATUS_DELAY_MS_MAX } from '../limits.ts'
import type { RttEstimator } from './rtt.ts'

/** Datagrams that a probe may send beyond the congestion window (RFC 9002 §6.2.4). */
export const PROBE_DATAGRAMS = 2

/** The silence after which a sender probes (RFC 9002 §6.2). */
export class ProbeTimer {
  /** Probes since the last answer. */
  inARow = 0
  #sinceMs: number

  constructor(atMs: number) {
    this.#sinceMs = atMs
  }

  /** Data left, which gives the peer new time to answer. */
  onSent(atMs: number): void {
    this.#sinceMs = Math.max(this.#sinceMs, atMs)
  }

  onProbed(atMs: number): void {
    this.inARow += 1
    this.onSent(atMs)
  }

  onAnswered(atMs: number): void {
    this.inARow = 0
    this.onSent(atMs)
  }

  dueAtMs(rtt: RttEstimator): number {
    return this.#sinceMs + rtt.probeTimeoutMs(this.inARow, STATUS_DELAY_MS_MAX)
  }
}
