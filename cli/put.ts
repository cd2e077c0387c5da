import type { Ferrygram, Peer } from '../adapters/runtime/api.ts'
import { moveAll } from './batch.ts'
import type { ExitCode } from './exit-codes.ts'
import type { Io } from './io.ts'
import { type ClientFlags, withClient } from './with-client.ts'

export interface PutFlags extends ClientFlags {
  readonly as?: string
  readonly replace?: boolean
}

/** `ferrygram put`: sends local files, one after another. */
export function putCommand(
  ferrygram: Ferrygram,
  io: Io,
  peer: Peer,
  paths: readonly string[],
  flags: PutFlags,
): Promise<ExitCode> {
  return withClient(ferrygram, io, peer, flags, (client) => {
    const options = {
      ...client.options,
      replace: flags.replace === true,
      ...(flags.as !== undefined && { as: flags.as }),
    }
    return moveAll(client, 'put', paths, (path) => ferrygram.put(peer, path, options))
  })
}
