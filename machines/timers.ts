/** The transport timers. Each is a deadline a transfer hands out through `armTimer`. */
export type TransportTimer =
  /** Sender: when an unacknowledged packet becomes old enough to be called lost (RFC 9002 §6.1.2). */
  | 'loss'
  /** Sender: when nothing was heard for a probe timeout while bytes or answers are due (RFC 9002 §6.2). */
  | 'probe'
  /** Receiver: when a status that could wait for company must leave. */
  | 'statusDelay'
  /** Receiver: when the last status brought no progress and is said again. */
  | 'statusRepeat'

/** A timer and the moment it is due, on the clock of `performance.now()`. */
export interface Deadline {
  readonly timer: TransportTimer
  readonly atMs: number
}
