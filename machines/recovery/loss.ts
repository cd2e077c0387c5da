import { PacketState, type SentPackets } from './sent-packets.ts'

/** RFC 9002 §6.1.1, kPacketThreshold. */
const PACKET_THRESHOLD = 3

/** Shares of packets lost, of this many sent, between which a path counts as lossy. */
const LOSSY_PACKETS_MIN = 500
const LOSSY_MIN = 0.03
const LOSSY_MAX = 0.4

/** Whether so much is lost that sending some of it twice ends sooner. */
export function isLossy(lostPackets: number, sentPackets: number): boolean {
  const lost = lostPackets / sentPackets
  return sentPackets >= LOSSY_PACKETS_MIN && lost > LOSSY_MIN && lost < LOSSY_MAX
}

/**
 * Loss detection as RFC 9002 §6.1: a packet is lost when one sent three or more later was
 * acknowledged, or when one sent later was and it is older than the loss delay.
 */
export class LossDetector {
  /** When the next packet becomes lost by age alone, or null. */
  lossAtMs: number | null = null
  #scanFrom = 0

  /**
   * Calls `onLost` with the row and number of each packet that is now lost; the caller marks it.
   */
  detect(
    packets: SentPackets,
    largestAcknowledged: number,
    lossDelayMs: number,
    atMs: number,
    onLost: (row: number, packetNumber: number) => void,
  ): void {
    this.lossAtMs = null
    let inFlightSeen = false
    this.#scanFrom = Math.max(this.#scanFrom, packets.oldest)
    for (let n = this.#scanFrom; n < largestAcknowledged; n += 1) {
      const row = packets.row(n)
      if (packets.state[row] !== PacketState.inFlight) continue
      const dueMs = packets.sentAtMs[row]! + lossDelayMs
      if (n <= largestAcknowledged - PACKET_THRESHOLD || dueMs <= atMs) {
        onLost(row, n)
      } else {
        if (this.lossAtMs === null || dueMs < this.lossAtMs) this.lossAtMs = dueMs
        if (!inFlightSeen) this.#scanFrom = n
        inFlightSeen = true
      }
    }
    if (!inFlightSeen) this.#scanFrom = Math.max(this.#scanFrom, largestAcknowledged)
  }
}
