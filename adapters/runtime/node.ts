import { randomBytes } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import { realpath } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { FailureError } from '../../machines/failures.ts'
import { openDiskFolder } from '../files/disk-folder.ts'
import { udpNetwork } from '../udp/network.ts'
import type { Ferrygram } from './api.ts'
import { createClient } from './client.ts'
import { serve as serveIn } from './server.ts'
import type { World } from './world.ts'

export type { Failure, Outcome } from '../../machines/failures.ts'
export type { Entry } from '../../machines/messages.ts'
export { openTrace, type Trace } from '../trace/trace-file.ts'
export type * from './api.ts'

const realWorld: World = {
  network: udpNetwork,
  resolve: async (host) => {
    try {
      const addresses = await lookup(host, { all: true })
      return addresses.map(({ address }) => address)
    } catch (cause) {
      throw new FailureError({ kind: 'unknownHost', host }, { cause })
    }
  },
  openFolder: (path, options) => openDiskFolder(path, options),
  locate: (path) => ({ folder: dirname(resolve(path)), name: basename(resolve(path)) }),
  follow: async (path) => {
    const real = await realpath(path).catch(() => resolve(path))
    return { folder: dirname(real), name: basename(real) }
  },
  join,
  random: randomBytes,
}

export interface NodeOptions {
  /** Watches every machine at work, as XState's inspection does; a trace's, for example. */
  readonly inspect?: World['inspect']
}

/** ferrygram on this machine's network and disk. */
export function createNode({ inspect }: NodeOptions = {}): Ferrygram {
  const world = { ...realWorld, inspect }
  return {
    ...createClient(world),
    serve: (port, options) => serveIn(world, port, options),
  }
}

/** The same, unwatched. */
export const node: Ferrygram = createNode()

export const { put, putAll, get, getAll, list, exit, serve } = node
