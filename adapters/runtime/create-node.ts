import { randomBytes } from 'node:crypto'
import { isIP } from 'node:net'
import { basename, dirname, join, resolve } from 'node:path'
import { FailureError } from '../../machines/failures.ts'
import { openDiskFolder } from '../files/disk-folder.ts'
import { realPath } from '../files/quick.ts'
import { udpNetwork } from '../udp/network.ts'
import { loadOpenSsl } from '../wire/openssl.ts'
import { warmingAead } from '../wire/warming-aead.ts'
import type { Ferrygram } from './api.ts'
import { createClient } from './client.ts'
import { PathMemory, type Paths } from './path-memory.ts'
import type { Location, World } from './world.ts'

const realWorld: Omit<World, 'paths'> = {
  network: udpNetwork,
  resolve: async (host) => {
    if (isIP(host) !== 0) return [host]
    const { lookup } = await import('node:dns/promises')
    try {
      const addresses = await lookup(host, { all: true })
      return addresses.map(({ address }) => address)
    } catch (cause) {
      throw new FailureError({ kind: 'unknownHost', host }, { cause })
    }
  },
  openFolder: (path, options) => openDiskFolder(path, options),
  locate: (path) => locationOf(resolve(path)),
  follow: async (path) => locationOf(await realPath(path).catch(() => resolve(path))),
  join,
  random: randomBytes,
  aead: warmingAead(loadOpenSsl),
}

function locationOf(absolute: string): Location {
  return { folder: dirname(absolute), name: basename(absolute) }
}

export interface NodeOptions {
  /** Watches every machine at work, as XState's inspection does; a trace's, for example. */
  readonly inspect?: World['inspect']
  /** Remembers what paths carried; forgotten with the process unless given. */
  readonly paths?: Paths
}

/** ferrygram on this machine's network and disk. */
export function createNode({ inspect, paths = new PathMemory() }: NodeOptions = {}): Ferrygram {
  const world = { ...realWorld, inspect, paths }
  return {
    ...createClient(world),
    // A client has no use for the server's machines, and making them takes time.
    serve: async (port, options) => {
      const { serve: serveIn } = await import('./server.ts')
      return serveIn(world, port, options)
    },
  }
}
