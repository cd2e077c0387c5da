import type { KnownPath } from './known-path.ts'

/** What congestion control allows, and what it waits to be told of. */
export interface Pace {
  readonly rateBytesPerS: number
  readonly inFlightBytesMax: number
  /** Tell when bytes in flight fall to this; 0 when that is of no interest. */
  readonly drainedBytes: number
  /** Tell when a round trip takes longer; infinite when that is of no interest. */
  readonly queuedRttMs: number
  /** Tell when a round loses more than this share while round trips take longer than that. */
  readonly lossShareMax: number
  readonly noticedRttMs: number
  /** What the search for the rate came to; null while it goes on. */
  readonly found: KnownPath | null
}
