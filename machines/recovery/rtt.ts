import { STATUS_DELAY_MS_MAX } from '../limits.ts'

/** RFC 9002 §6.1.2, kGranularity: no timer is finer. */
const GRANULARITY_MS = 1
/** When to stop doubling the probe timeout. */
const PROBE_TIMEOUT_MS_MAX = 1_000
/** Probes in a row before the timeout doubles: that many go unheard where loss comes in bursts. */
const PROBES_UNDOUBLED = 6

/** Share of the peer's longest delay that still counts a report later. */
const DELAY_REMEMBERED = 7 / 8

/** Round-trip time as RFC 9002 §5 estimates it. All times in milliseconds. */
export class RttEstimator {
  /** The newest sample, less the delay of the peer. */
  latestMs: number
  minMs: number
  smoothedMs: number
  varianceMs: number
  /** How long the peer lately waited before it reported. */
  peerDelayMs = 0
  #sampled = false

  /** `initialMs` is what the handshake suggests; the first sample replaces it. */
  constructor(initialMs: number) {
    this.latestMs = initialMs
    this.minMs = initialMs
    this.smoothedMs = initialMs
    this.varianceMs = initialMs / 2
  }

  /** The first answer shows that a round trip takes no longer than this; a sample knows better. */
  bound(rttMsMax: number): void {
    if (this.#sampled || rttMsMax >= this.smoothedMs) return
    this.latestMs = rttMsMax
    this.minMs = rttMsMax
    this.smoothedMs = rttMsMax
    this.varianceMs = rttMsMax / 2
  }

  /**
   * Takes one sample; `delayMs` is what the peer says it waited before it reported. That may be a
   * second where statuses were lost, so unlike in RFC 9002 §5.3 it counts in every sample, but never
   * takes one below the shortest round trip known.
   */
  sample(sampleMs: number, delayMs: number): void {
    const shortestMs = Math.min(this.minMs, sampleMs)
    const adjustedMs = Math.max(sampleMs - delayMs, shortestMs)
    this.latestMs = adjustedMs
    const waitedMs = Math.min(delayMs, STATUS_DELAY_MS_MAX)
    this.peerDelayMs = Math.max(waitedMs, DELAY_REMEMBERED * this.peerDelayMs)
    if (!this.#sampled) {
      this.#sampled = true
      this.minMs = sampleMs
      this.smoothedMs = adjustedMs
      this.varianceMs = adjustedMs / 2
      return
    }
    this.minMs = shortestMs
    this.varianceMs = 0.75 * this.varianceMs + 0.25 * Math.abs(this.smoothedMs - adjustedMs)
    this.smoothedMs = 0.875 * this.smoothedMs + 0.125 * adjustedMs
  }

  /** How old an unacknowledged packet gets before it is lost (RFC 9002 §6.1.2). */
  get lossDelayMs(): number {
    return Math.max((9 / 8) * Math.max(this.smoothedMs, this.latestMs), GRANULARITY_MS)
  }

  /** Silence after which to probe, doubling from the third probe in a row on (RFC 9002 §6.2.1). */
  probeTimeoutMs(probesInARow: number, peerDelayMs: number): number {
    const baseMs = this.smoothedMs + Math.max(4 * this.varianceMs, GRANULARITY_MS) + peerDelayMs
    const doublings = Math.max(0, probesInARow - PROBES_UNDOUBLED)
    return Math.max(baseMs, Math.min(baseMs * 2 ** doublings, PROBE_TIMEOUT_MS_MAX))
  }
}
