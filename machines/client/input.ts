import type { Introduction } from '../messages.ts'
import type { Ports } from '../ports.ts'
import type { KnownPath } from '../recovery/known-path.ts'

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
  /** What an earlier session found out of the path to the server. */
  readonly known: KnownPath | null
  /** How long a silent link is put up with. */
  readonly patienceMs: number
}
