/** What congestion control allows. */
export interface Pace {
  readonly rateBytesPerS: number
  readonly inFlightBytesMax: number
  /** Tell when bytes in flight fall to this; 0 when that is of no interest. */
  readonly drainedBytes: number
}
