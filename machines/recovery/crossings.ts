import { DATAGRAM_BYTES_MIN } from '../limits.ts'
import type { InFlight } from './in-flight.ts'
import type { Pace } from './pace.ts'

/**
 * Loss beyond the share that is expected, before it counts, for chance is lumpy: of n datagrams the
 * root of n / 2, and never more than this. Where many share a path, none of them has many a round.
 */
const EXCESS_BYTES_MAX = 16 * DATAGRAM_BYTES_MIN

/** Probes in a row without an answer that make a silence. */
const SILENT_PROBES = 4

/**
 * What congestion control waits for between the ends of rounds; the names of its events. `drained`:
 * no more is under way than fills the path. `queued`: a queue grew. `overflowed`: more is lost than
 * the path does by itself, and there is a queue to lose it.
 * `silent`: so many probes went unanswered that what is known of the path is stale (RFC 9002 §7.6).
 */
export type Crossing = 'drained' | 'queued' | 'overflowed' | 'silent'

/** Finds per burst what a pace asks to be told of: once a pace, and an overflow once a round. */
export class Crossings {
  #pace: Pace
  #isTold = false
  #isSilent = false
  #overflowedRound = -1

  constructor(pace: Pace) {
    this.#pace = pace
  }

  await(pace: Pace): void {
    this.#pace = pace
    this.#isTold = false
  }

  /** The one that happened, or null. */
  take(inFlight: InFlight, unansweredProbes: number): Crossing | null {
    const wasSilent = this.#isSilent
    this.#isSilent = unansweredProbes >= SILENT_PROBES
    if (this.#isSilent && !wasSilent) return 'silent'
    if (inFlight.round.count > this.#overflowedRound && this.#overflows(inFlight)) {
      this.#overflowedRound = inFlight.round.count
      return 'overflowed'
    }
    if (this.#isTold) return null
    const crossing = this.#awaited(inFlight)
    this.#isTold = crossing !== null
    return crossing
  }

  #awaited({ bytes, rtt }: InFlight): Crossing | null {
    const { drainedBytes, queuedRttMs } = this.#pace
    if (drainedBytes > 0 && bytes <= drainedBytes) return 'drained'
    return rtt.latestMs > queuedRttMs ? 'queued' : null
  }

  #overflows({ rtt, round }: InFlight): boolean {
    const { noticedRttMs, lossShareMax } = this.#pace
    if (rtt.latestMs <= noticedRttMs) return false
    const bytes = round.deliveredBytes + round.lostBytes
    const lumpBytes = Math.sqrt((DATAGRAM_BYTES_MIN * bytes) / 2)
    return round.lostBytes > lossShareMax * bytes + Math.min(lumpBytes, EXCESS_BYTES_MAX)
  }
}
