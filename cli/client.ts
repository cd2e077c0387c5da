import type { Ferrygram, Peer } from '../adapters/runtime/api.ts'
import type { ExitCode } from './exit-codes.ts'
import type { Io } from './io.ts'
import { type ClientFlags, withClient } from './with-client.ts'

export interface MenuFlags extends ClientFlags {
  readonly replace?: boolean
}

/** `ferrygram client`: the menu, for a server elsewhere. */
export function clientCommand(
  ferrygram: Ferrygram,
  io: Io,
  peer: Peer,
  flags: MenuFlags,
): Promise<ExitCode> {
  return withClient(ferrygram, io, peer, flags, async (client) => {
    const { runMenu } = await import('./menu.ts')
    return runMenu(client, {
      replace: flags.replace === true,
      quitTold: 'leave, the server keeps running',
      leave: () => client.closed(),
    })
  })
}
