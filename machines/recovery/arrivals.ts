import { RTT_MS_ASSUMED, STATUS_PACKET_RANGES_MAX } from '../limits.ts'
import type { FlatRanges } from '../messages.ts'
import { RangeSet } from './ranges.ts'

/** Packet ranges remembered beyond what one status can carry. */
const RANGES_MAX = 4 * STATUS_PACKET_RANGES_MAX
/** A packet is reported for as many quarters of a round trip as statuses bring something new. */
const MARKS = 32
const MARKS_PER_ROUND_TRIP = 4

/**
 * The packet numbers that arrived, as statuses report them (PROTOCOL R34): each often enough that
 * the sender hears of it though statuses are lost, but not for ever. Time stands still while nothing
 * arrives.
 */
export class Arrivals {
  /** When the largest number arrived. */
  largestAtMs: number
  readonly #packets = new RangeSet()
  readonly #markMs: number
  /** What the largest number was, a quarter of a round trip apart, oldest first. */
  readonly #marks: number[] = []
  #markedAtMs: number

  constructor(rttMs: number, atMs: number) {
    this.largestAtMs = atMs
    this.#markedAtMs = atMs
    this.#markMs = Math.min(rttMs, RTT_MS_ASSUMED) / MARKS_PER_ROUND_TRIP
  }

  /** Share of the numbers sent, as far back as they are remembered, that did not arrive. */
  get lostShare(): number {
    const [first] = this.#packets.lowest(1)
    return first === undefined ? 0 : 1 - this.#packets.size / (this.#packets.largest + 1 - first)
  }

  /** Takes the numbers first … last. */
  add(first: number, last: number, atMs: number): void {
    if (last > this.#packets.largest) this.largestAtMs = atMs
    this.#packets.add(first, last)
  }

  /** After a burst: lets go what no status will report. */
  trim(): void {
    this.#packets.keepNewest(RANGES_MAX)
  }

  /** What a status that leaves now reports. */
  report(atMs: number): FlatRanges {
    const { largest } = this.#packets
    if (atMs - this.#markedAtMs >= this.#markMs && largest > (this.#marks.at(-1) ?? -1)) {
      this.#markedAtMs = atMs
      this.#marks.push(largest)
      if (this.#marks.length > MARKS) this.#marks.shift()
    }
    const reportedThrough = this.#marks.length < MARKS ? -1 : this.#marks[0]!
    return this.#packets.newest(STATUS_PACKET_RANGES_MAX, reportedThrough)
  }
}
