import type { Ferrygram, Peer } from '../adapters/runtime/api.ts'
import type { ExitCode } from './exit-codes.ts'
import type { Io } from './io.ts'
import { type MoveFlags, moveOptions } from './move-flags.ts'
import { withClient } from './with-client.ts'

/** `ferrygram client`: the menu, for a server elsewhere. */
export function clientCommand(
  ferrygram: Ferrygram,
  io: Io,
  peer: Peer,
  flags: MoveFlags,
): Promise<ExitCode> {
  return withClient(ferrygram, io, peer, flags, async (client) => {
    const { runMenu } = await import('./menu.ts')
    return runMenu(client, {
      ...moveOptions(flags),
      quitTold: 'leave, the server keeps running',
      leave: () => client.closed(),
    })
  })
}
