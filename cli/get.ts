import type { Ferrygram, Peer } from '../adapters/runtime/api.ts'
import type { ExitCode } from './exit-codes.ts'
import type { Io } from './io.ts'
import { type Again, moveOne } from './move.ts'
import { type MoveFlags, moveOptions } from './move-flags.ts'
import { followSeveral } from './several.ts'
import { withClient } from './with-client.ts'

export interface GetFlags extends MoveFlags {
  readonly into?: string
  readonly as?: string
}

/** `ferrygram get`: fetches files from the server, several of them in one session. */
export function getCommand(
  ferrygram: Ferrygram,
  io: Io,
  peer: Peer,
  names: readonly string[],
  flags: GetFlags,
  again: Again,
): Promise<ExitCode> {
  return withClient(ferrygram, io, peer, flags, (client) => {
    const options = {
      ...client.options,
      ...moveOptions(flags),
      ...(flags.into !== undefined && { into: flags.into }),
      ...(flags.as !== undefined && { as: flags.as }),
    }
    const [name] = names
    if (name === undefined || names.length > 1) {
      return followSeveral(client, 'get', names, again, ferrygram.getAll(peer, names, options))
    }
    return moveOne(client, 'get', name, again, ferrygram.get(peer, name, options))
  })
}
