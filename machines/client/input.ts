import type { Introduction } from '../messages.ts'
import type { Ports } from '../ports.ts'

/** What every client session is started with. */
export interface ClientInput {
  readonly ports: Ports
  /** What this side tells the server about itself. */
  readonly introduction: Introduction
  /** UDP payload of a full data datagram. */
  readonly datagramBytes: number
  /** Datagrams keep that size; no larger one is tried. */
  readonly sizeFixed: boolean
  readonly rateBytesPerSMax: number
  /** How long a silent link is put up with. */
  readonly patienceMs: number
}
