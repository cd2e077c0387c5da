import { mkdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Ferrygram } from '../adapters/runtime/api.ts'
import { CommandError, EXIT, type ExitCode } from './exit-codes.ts'
import type { Io } from './io.ts'
import { makeKey } from './keys.ts'
import { moveOptions } from './move-flags.ts'
import { hostAndPort } from './peer.ts'
import { startServer } from './server.ts'
import { withKey } from './with-client.ts'

const FOLDER = 'ferrygram-files'
const LOOPBACK = '127.0.0.1'

/** `ferrygram` alone: a server only this machine reaches and its menu, ending together. */
export async function embeddedCommand(ferrygram: Ferrygram, io: Io): Promise<ExitCode> {
  const root = resolve(io.currentFolder, FOLDER)
  const made = await makeFolder(root)
  const key = makeKey()
  const server = await startServer(ferrygram, 0, { key, root, host: LOOPBACK })
  const peer = { host: LOOPBACK, port: server.port }
  io.stderr.write(`Serving ${root}${made ? ' (made just now)' : ''} at ${hostAndPort(peer)}\n`)
  try {
    return await withKey(
      ferrygram,
      io,
      peer,
      {},
      { key, remember: async () => {} },
      async (client) => {
        const { runMenu } = await import('./menu.ts')
        return runMenu(client, {
          ...moveOptions({}),
          quitTold: 'leave, and end the server',
          async leave() {
            server.drain()
            await server.closed
          },
        })
      },
    )
  } finally {
    server.stop()
    await server.closed
  }
}

async function makeFolder(folder: string): Promise<boolean> {
  try {
    return (await mkdir(folder, { recursive: true })) !== undefined
  } catch (cause) {
    const message = `Cannot make the folder ${folder}: remove what is in its way, or its rights.`
    throw new CommandError(message, EXIT.failed, { cause })
  }
}
