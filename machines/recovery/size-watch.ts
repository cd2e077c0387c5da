import { DATAGRAM_BYTES_MIN } from '../limits.ts'

/** Losses of larger datagrams in a row, with not one acknowledged since, that make a black hole. */
const LOST_IN_A_ROW = 10
/** Probe timeouts in a row that make one where nothing at all arrives. */
const PROBE_TIMEOUTS = 3

/** What the path MTU statechart is told; the names of its events. */
export type SizeNews = 'probeAcknowledged' | 'probeLost' | 'wentBlack'

/** Watches what becomes of datagrams by their size (RFC 8899 §4.3, §5). Sizes are UDP payloads. */
export class SizeWatch {
  /** What full data datagrams are now. */
  datagramBytes: number
  /** The size to try with the next datagram that can be filled; 0 for none. */
  probeBytes = 0
  #probe = -1
  #largestAcknowledged = -1
  #lostInARow = 0
  #news: SizeNews | null = null

  constructor(datagramBytes: number) {
    this.datagramBytes = datagramBytes
  }

  onSent(packetNumber: number, bytes: number): void {
    if (bytes <= this.datagramBytes || bytes !== this.probeBytes) return
    this.#probe = packetNumber
    this.probeBytes = 0
  }

  onAcknowledged(packetNumber: number, bytes: number): void {
    if (packetNumber === this.#probe) this.#resolve('probeAcknowledged')
    if (bytes <= DATAGRAM_BYTES_MIN) return
    this.#largestAcknowledged = Math.max(this.#largestAcknowledged, packetNumber)
    this.#lostInARow = 0
  }

  /** Returns whether the loss tells of the path's load; that of a probe tells of its size alone. */
  onLost(packetNumber: number, bytes: number): boolean {
    if (packetNumber === this.#probe) {
      this.#resolve('probeLost')
      return false
    }
    if (this.datagramBytes > DATAGRAM_BYTES_MIN && bytes > DATAGRAM_BYTES_MIN) {
      if (packetNumber > this.#largestAcknowledged) this.#lostInARow += 1
      if (this.#lostInARow >= LOST_IN_A_ROW) this.#goBlack()
    }
    return true
  }

  onProbeTimeout(inARow: number): void {
    if (this.datagramBytes > DATAGRAM_BYTES_MIN && inARow >= PROBE_TIMEOUTS) this.#goBlack()
  }

  /** The path is another one: what was learnt by size is forgotten. */
  restart(): void {
    this.#resolve(null)
    this.probeBytes = 0
    this.#lostInARow = 0
  }

  /** What there is to tell, once. */
  takeNews(): SizeNews | null {
    const news = this.#news
    this.#news = null
    return news
  }

  #resolve(news: SizeNews | null): void {
    this.#probe = -1
    this.#news = news
  }

  #goBlack(): void {
    this.#probe = -1
    this.probeBytes = 0
    this.#lostInARow = 0
    this.#news = 'wentBlack'
  }
}
