/**
 * The handles of one session that its named actions work on. Machines carry them and never look
 * inside; adapters/runtime knows what they are.
 */
export interface Ports {
  /** Datagrams out, timers, the session's one stream. */
  readonly link: object
  /** Sealing, opening, the wire format. */
  readonly wire: object
  /** Sources and sinks. */
  readonly folder: object
}
