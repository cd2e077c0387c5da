import type { Crossing } from './crossings.ts'
import type { RoundSample } from './round.ts'
import type { SizeNews } from './size-watch.ts'

/** What holds the sender back just now. */
export type Limit = 'disk' | 'pacing' | 'congestion' | 'receiver' | 'drained'

/** What the sender's guards read: small, closed, a new value with each event. */
export interface SenderVerdict {
  readonly limit: Limit
  readonly finished: boolean
  readonly probing: boolean
  /** Records to read and seal next. */
  readonly wanted: { readonly first: number; readonly count: number } | null
  readonly round: RoundSample | null
  /** Rejected records whose digests to send now. */
  readonly digests: readonly number[]
  /** What congestion control waits for just happened. */
  readonly crossing: Crossing | null
  /** The rate of a train, when it is above all that were told. */
  readonly grownBytesPerS: number | null
  /** The rate of a train that filled the bottleneck. */
  readonly filledBytesPerS: number | null
  /** What became of a probe for a larger datagram, or that larger ones arrive no more. */
  readonly size: SizeNews | null
}
