/** What the receiver's guards read: small, closed, a new value with each event. */
export interface ReceiverVerdict {
  readonly statusDue: boolean
  /** Every record is stored. */
  readonly complete: boolean
  /** The disk lags behind so far that the window cannot move on. */
  readonly full: boolean
  /** Records that have all their bytes since this event. */
  readonly completed: readonly number[]
  /**
   * What is to be kept of the burst, laid flat: first row, row behind the last, first byte, last byte
   * in the record, … The rows lie side by side in one record, and may hold more than that.
   */
  readonly kept: readonly number[]
  /** The peer sealed a record that does not open although it matches its digests. */
  readonly atFault: boolean
}
