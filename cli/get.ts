import type { Ferrygram, Peer } from '../adapters/runtime/api.ts'
import { moveAll } from './batch.ts'
import type { ExitCode } from './exit-codes.ts'
import type { Io } from './io.ts'
import { type ClientFlags, withClient } from './with-client.ts'

export interface GetFlags extends ClientFlags {
  readonly into?: string
  readonly as?: string
  readonly replace?: boolean
}

/** `ferrygram get`: fetches files from the server, one after another. */
export function getCommand(
  ferrygram: Ferrygram,
  io: Io,
  peer: Peer,
  names: readonly string[],
  flags: GetFlags,
): Promise<ExitCode> {
  return withClient(ferrygram, io, peer, flags, (client) => {
    const options = {
      ...client.options,
      replace: flags.replace === true,
      ...(flags.into !== undefined && { into: flags.into }),
      ...(flags.as !== undefined && { as: flags.as }),
    }
    return moveAll(client, 'get', names, (name) => ferrygram.get(peer, name, options))
  })
}
