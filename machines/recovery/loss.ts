import { PacketState, type SentPackets } from './sent-packets.ts'

/** RFC 9002 §6.1.1, kPacketThreshold. */
const PACKET_THRESHOLD = 3

/** What is lost of a tail leaves twice where more than this share is lost, of so many packets, */
const LOSSY_MIN = 0.03
const LOSSY_PACKETS_MIN = 500
/** and once what is yet to be lost of the packets under way is so little of all that was sent. */
const REPEATED_MAX = 0.0015

/** What was sent so far, what is under way of it, and what was lost. */
interface Sent {
  readonly bytes: number
  readonly sentBytes: number
  readonly lostPackets: number
  readonly sentPackets: number
}

/** Whether to send what is lost now twice ends sooner, and costs next to nothing. */
export function isWorthRepeating({ bytes, sentBytes, lostPackets, sentPackets }: Sent): boolean {
  const lost = lostPackets / sentPackets
  const isLossy = sentPackets >= LOSSY_PACKETS_MIN && lost > LOSSY_MIN
  return isLossy && bytes * lost <= REPEATED_MAX * sentBytes
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
