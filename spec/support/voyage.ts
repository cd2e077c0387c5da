import { createHash } from 'node:crypto'
import { expect } from 'chai'
import {
  type LinkStep,
  type Server,
  type Simulation,
  type SimulationOptions,
  simulate,
} from 'ferrygram/simulation'
import { type SinonFakeTimers, useFakeTimers } from 'sinon'
import { seededRandom } from '../../adapters/simulation/random.ts'
import { DATA_HEADER_BYTES, RECORD_BYTES, SEAL_BYTES } from '../../machines/limits.ts'

/** Everything that the program reads time from. */
export const FAKED = [
  'setTimeout',
  'clearTimeout',
  'setInterval',
  'clearInterval',
  'Date',
  'performance',
] as const

const PORT = 5005
export const PEER = { host: 'sea', port: PORT }
const DATA_TYPE = 3

/** A simulation under fake timers, with a server that serves, and what a spec asks about it. */
export interface Voyage {
  readonly sea: Simulation
  readonly server: Server
  readonly clock: SinonFakeTimers
  /** Bytes of sealed records put into data datagrams, by either side. */
  readonly sliceBytes: () => number
  /** Timers that went off while something was waited for. */
  readonly timers: () => number
  /** Runs the clock until `promise` settles; fails when that takes longer than `virtualMsMax`. */
  arrive<T>(promise: Promise<T>, virtualMsMax: number): Promise<T>
}

/**
 * Runs `spec` in a simulation. Afterwards the server must end, and nothing be left on the clock.
 * A failure names the seed.
 */
export async function voyage(
  options: SimulationOptions,
  spec: (voyage: Voyage) => Promise<void>,
): Promise<void> {
  const clock = useFakeTimers({ toFake: [...FAKED] })
  let sliceBytes = 0
  let timers = 0
  const trace = (step: LinkStep) => {
    options.trace?.(step)
    if (step.type !== 'sent' || step.packet.bytes[0] !== DATA_TYPE) return
    sliceBytes += step.packet.bytes.length - DATA_HEADER_BYTES
  }
  try {
    const sea = simulate({ ...options, trace })
    const server = await sea.serve(PORT, { root: '.', key: null })
    const arrive = async <T>(promise: Promise<T>, virtualMsMax: number): Promise<T> => {
      const startMs = performance.now()
      let settled = false
      const watched = promise.finally(() => {
        settled = true
      })
      while (!settled) {
        await clock.nextAsync()
        timers += 1
        const elapsedMs = performance.now() - startMs
        if (elapsedMs > virtualMsMax) expect.fail(`not over after ${virtualMsMax} virtual ms`)
      }
      return watched
    }
    await spec({
      sea,
      server,
      clock,
      sliceBytes: () => sliceBytes,
      timers: () => timers,
      arrive,
    })
    server.stop()
    await clock.runAllAsync()
    await server.closed
    expect(clock.countTimers(), 'timers left').to.equal(0)
  } catch (error) {
    if (error instanceof Error) error.message += ` (seed ${options.seed})`
    throw error
  } finally {
    clock.restore()
  }
}

/** Bytes that do not compress and differ everywhere. */
export function cargo(sizeBytes: number, seed = 1): Buffer {
  const random = seededRandom(`cargo ${seed}`)
  const block = Buffer.from(Uint8Array.from({ length: 4096 }, () => Math.floor(random() * 256)))
  const bytes = Buffer.alloc(sizeBytes, block)
  for (let at = 0; at + 6 <= sizeBytes; at += 1021) bytes.writeUIntBE(at, at, 6)
  return bytes
}

/** What all records of a file come to once sealed. */
export function sealedBytes(sizeBytes: number): number {
  return sizeBytes + Math.ceil(sizeBytes / RECORD_BYTES) * SEAL_BYTES
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
