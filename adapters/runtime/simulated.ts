import { posix } from 'node:path'
import type { InspectionEvent } from 'xstate'
import { createMemoryFolder, type MemoryFolder } from '../files/memory-folder.ts'
import {
  createSimulatedNetwork,
  type SimulatedNetwork,
  type SimulatedNetworkOptions,
} from '../simulation/network.ts'
import type { Rule } from '../simulation/packet.ts'
import { seededRandom } from '../simulation/random.ts'
import { nodeAead } from '../wire/aead.ts'
import type { Ferrygram } from './api.ts'
import { createClient } from './client.ts'
import { PathMemory } from './path-memory.ts'
import { serve } from './server.ts'
import type { World } from './world.ts'

export type { MemoryFolder } from '../files/memory-folder.ts'
export type { LinkStatistics, LinkStep } from '../simulation/link.ts'
export type { SimulatedNetwork } from '../simulation/network.ts'
export type { Fate, Packet, PlainRule, Rule, StatefulRule } from '../simulation/packet.ts'
export type { Random } from '../simulation/random.ts'
export * from '../simulation/rules.ts'
export { recorder } from '../trace/recorder.ts'
export type * from './api.ts'

export interface SimulationOptions extends SimulatedNetworkOptions {
  /** What happens to datagrams in both directions, ahead of `toServer` and `toClient`. */
  readonly link?: readonly Rule[]
  /** Watches every machine at work, client's and server's, as XState's inspection does. */
  readonly inspect?: (event: InspectionEvent) => void
}

/** ferrygram on a simulated network and folders in memory. */
export interface Simulation extends Ferrygram {
  /** The client's current folder. */
  readonly clientFiles: MemoryFolder
  /** The folder that `serve` serves, whatever its root is called. */
  readonly serverFiles: MemoryFolder
  readonly network: SimulatedNetwork
}

/**
 * The same API as the real one, over a network as bad as its rules. It runs on the global timers
 * and `performance.now()`: install fake ones first, then let them run.
 *
 * @example
 * const sea = simulate({ seed: 7, link: [delay(25), drop(0.3)] })
 * sea.serverFiles.set('tide.txt', Buffer.from('high at noon'))
 * await sea.serve(5005, { root: '.', key: null })
 * const getting = sea.get({ host: 'sea', port: 5005 }, 'tide.txt', { key: null })
 * await clock.runAllAsync()
 */
export function simulate(options: SimulationOptions): Simulation {
  const { link = [], toServer = [], toClient = [] } = options
  const network = createSimulatedNetwork({
    ...options,
    toServer: [...link, ...toServer],
    toClient: [...link, ...toClient],
  })
  const clientFiles = createMemoryFolder()
  const serverFiles = createMemoryFolder()
  const dice = seededRandom(`${options.seed} identities`)
  const worldOf = (folder: MemoryFolder): World => ({
    network,
    inspect: options.inspect,
    paths: new PathMemory(),
    resolve: async (host) => [host],
    openFolder: async () => folder,
    locate: (path) => ({ folder: posix.dirname(path), name: posix.basename(path) }),
    follow: async (path) => ({ folder: posix.dirname(path), name: posix.basename(path) }),
    join: posix.join,
    aead: nodeAead,
    random: (bytes) => Uint8Array.from({ length: bytes }, () => Math.floor(dice() * 256)),
  })
  return {
    ...createClient(worldOf(clientFiles)),
    serve: (port, serving) => serve(worldOf(serverFiles), port, serving),
    clientFiles,
    serverFiles,
    network,
  }
}
