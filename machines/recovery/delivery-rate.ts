import type { SentPackets } from './sent-packets.ts'

/**
 * The acknowledgement that an interval began with may have come late by what a timer takes, or by
 * this share of a shorter round trip; the highest of many rates would be that of the latest.
 */
const ACK_LATE_MS = 1
const ACK_LATE_SHARE = 1 / 16

/**
 * How fast the path carries bytes, sampled as draft-cheng-iccrg-delivery-rate-estimation describes.
 * What a path loses by itself it carried through its bottleneck first, and is counted in.
 */
export class DeliveryRate {
  deliveredBytes = 0
  lostBytes = 0
  /** Share of the bytes that the path may lose by itself; more is taken for its overflow. */
  ownLossMax = 0
  /** Application-limited until this many bytes were delivered; 0 when not. */
  #appLimitedUntilBytes = 0
  #deliveredAtMs: number
  #firstSentAtMs: number

  constructor(atMs: number) {
    this.#deliveredAtMs = atMs
    this.#firstSentAtMs = atMs
  }

  /** Notes on a packet that leaves how things stand; `idle` when nothing else is in flight. */
  onSent(packets: SentPackets, row: number, atMs: number, idle: boolean): void {
    if (idle) {
      this.#firstSentAtMs = atMs
      this.#deliveredAtMs = atMs
    }
    packets.deliveredBytes[row] = this.deliveredBytes
    packets.lostBytes[row] = this.lostBytes
    packets.deliveredAtMs[row] = this.#deliveredAtMs
    packets.firstSentAtMs[row] = this.#firstSentAtMs
    packets.appLimited[row] = this.#appLimitedUntilBytes > 0 ? 1 : 0
  }

  onDelivered(bytes: number, atMs: number): void {
    this.deliveredBytes += bytes
    this.#deliveredAtMs = atMs
    if (this.deliveredBytes > this.#appLimitedUntilBytes) this.#appLimitedUntilBytes = 0
  }

  /** The sender has nothing to send, so coming samples say little about the path. */
  markAppLimited(inFlightBytes: number): void {
    this.#appLimitedUntilBytes = this.deliveredBytes + Math.max(1, inFlightBytes)
  }

  /**
   * The rate seen by the newest packet that was just acknowledged, in bytes per second; null when
   * the interval is too short to tell.
   */
  sample(packets: SentPackets, row: number, rttMinMs: number): number | null {
    const sentElapsedMs = packets.sentAtMs[row]! - packets.firstSentAtMs[row]!
    const ackElapsedMs = this.#deliveredAtMs - packets.deliveredAtMs[row]!
    const intervalMs = Math.max(sentElapsedMs, ackElapsedMs)
    this.#firstSentAtMs = Math.max(this.#firstSentAtMs, packets.sentAtMs[row]!)
    if (intervalMs <= 0 || intervalMs < 0.5 * rttMinMs) return null
    const delivered = this.deliveredBytes - packets.deliveredBytes[row]!
    const lost = this.lostBytes - packets.lostBytes[row]!
    const lateMs = Math.min(ACK_LATE_MS, ACK_LATE_SHARE * rttMinMs)
    return (this.carriedBytes(delivered, lost) * 1000) / (intervalMs + lateMs)
  }

  /** What went through the bottleneck, of which some was delivered and some lost. */
  carriedBytes(deliveredBytes: number, lostBytes: number): number {
    return Math.min(deliveredBytes + lostBytes, deliveredBytes / (1 - this.ownLossMax))
  }
}
