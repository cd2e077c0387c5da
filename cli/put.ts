import type { Ferrygram, Peer } from '../adapters/runtime/api.ts'
import type { ExitCode } from './exit-codes.ts'
import type { Io } from './io.ts'
import { type Again, moveOne } from './move.ts'
import { type MoveFlags, moveOptions } from './move-flags.ts'
import { followSeveral } from './several.ts'
import { withClient } from './with-client.ts'

export interface PutFlags extends MoveFlags {
  readonly as?: string
}

/** `ferrygram put`: sends local files, several of them in one session. */
export function putCommand(
  ferrygram: Ferrygram,
  io: Io,
  peer: Peer,
  paths: readonly string[],
  flags: PutFlags,
  again: Again,
): Promise<ExitCode> {
  return withClient(ferrygram, io, peer, flags, (client) => {
    const options = {
      ...client.options,
      ...moveOptions(flags),
      ...(flags.as !== undefined && { as: flags.as }),
    }
    const [path] = paths
    if (path === undefined || paths.length > 1) {
      return followSeveral(client, 'put', paths, again, ferrygram.putAll(peer, paths, options))
    }
    return moveOne(client, 'put', path, again, ferrygram.put(peer, path, options))
  })
}
