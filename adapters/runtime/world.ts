import type { InspectionEvent } from 'xstate'
import type { Folder } from '../files/folder.ts'
import type { Network } from '../udp/endpoint.ts'
import type { Aead } from '../wire/aead.ts'
import type { Paths } from './path-memory.ts'

/** What a client or a server is put into: the real world, or a simulated one. */
export interface World {
  readonly network: Network
  /** The IP addresses of a host, the likeliest first. Rejects with a FailureError. */
  resolve(host: string): Promise<readonly string[]>
  /** Opens a local folder. Rejects with a FailureError. */
  openFolder(path: string, options: { readonly fileBytesMax?: number }): Promise<Folder>
  /** The folder a local path lies in, and its name there, read off the path alone. */
  locate(path: string): Location
  /** The same once symlinks were followed: the user's own paths may be links. */
  follow(path: string): Promise<Location>
  join(folder: string, path: string): string
  random(bytes: number): Uint8Array
  /** What clients found out of the paths to their servers. */
  readonly paths: Paths
  /** What records and controls are sealed with. */
  readonly aead: Aead
  /** Watches every machine at work, as XState's inspection does. */
  readonly inspect?: ((event: InspectionEvent) => void) | undefined
}

export interface Location {
  readonly folder: string
  readonly name: string
}
