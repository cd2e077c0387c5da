import { PEER_DELAY_MS_MIN, statusDelayMs } from './status-delay.ts'

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
  /** How long it lately took the peer to report. */
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
   * second where statuses were lost, so unlike in RFC 9002 §5.3 it counts in every sample, the first
   * included; but later it never takes one below the shortest round trip known.
   */
  sample(sampleMs: number, delayMs: number): void {
    if (!this.#sampled && delayMs < sampleMs) this.minMs = sampleMs - delayMs
    const shortestMs = Math.min(this.minMs, sampleMs)
    const adjustedMs = Math.max(sampleMs - delayMs, shortestMs)
    this.latestMs = adjustedMs
    if (!this.#sampled) {
      this.#sampled = true
      this.minMs = shortestMs
      this.smoothedMs = adjustedMs
      this.varianceMs = adjustedMs / 2
      return
    }
    this.minMs = shortestMs
    this.varianceMs = 0.75 * this.varianceMs + 0.25 * Math.abs(this.smoothedMs - adjustedMs)
    this.smoothedMs = 0.875 * this.smoothedMs + 0.125 * adjustedMs
  }

  /** A packet was reported `waitedMs` after it arrived: reports are rare, or some were lost. */
  reported(waitedMs: number): void {
    const countedMs = Math.min(waitedMs, Math.max(this.smoothedMs, PEER_DELAY_MS_MIN))
    this.peerDelayMs = Math.max(countedMs, DELAY_REMEMBERED * this.peerDelayMs)
  }

  /** How old an unacknowledged packet gets before it is lost (RFC 9002 §6.1.2). */
  get lossDelayMs(): number {
    return Math.max((9 / 8) * Math.max(this.smoothedMs, this.latestMs), GRANULARITY_MS)
  }

  /** Silence after which to probe, doubling from the third probe in a row on (RFC 9002 §6.2.1). */
  probeTimeoutMs(probesInARow: number): number {
    const peerDelayMs = Math.max(PEER_DELAY_MS_MIN, statusDelayMs(this.smoothedMs))
    const baseMs = this.smoothedMs + Math.max(4 * this.varianceMs, GRANULARITY_MS) + peerDelayMs
    const doublings = Math.max(0, probesInARow - PROBES_UNDOUBLED)
    return Math.max(baseMs, Math.min(baseMs * 2 ** doublings, PROBE_TIMEOUT_MS_MAX))
  }
}
