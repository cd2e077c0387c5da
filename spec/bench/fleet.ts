import {
  delay,
  type PlainRule,
  type Running,
  rate,
  type Simulation,
  type Stored,
} from 'ferrygram/simulation'
import { cargo, PEER, sealedBytes, voyage } from '../support/voyage.ts'

/** Sessions that begin in the same moment, at one server, across one bottleneck. */
export interface Fleet {
  readonly sessions: number
  /** Of each session's file. */
  readonly sizeBytes: number
  readonly verb: 'put' | 'get'
  readonly mbitPerS?: number
  readonly rttMs?: number
  /** The bottleneck's queue, in bandwidth-delay products, in either direction. */
  readonly queueBdp?: number
  readonly seed?: number
  readonly virtualMsMax?: number
}

export interface Passage {
  /** Virtual seconds from the first hello to the last outcome. */
  readonly seconds: number
  readonly goodputBytesPerS: number
  /** Processor time of both sides and of the network between them, per session. */
  readonly cpuUsPerSession: number
  /** Timers that went off, per session: a measure of work that no load on the machine blurs. */
  readonly timersPerSession: number
  /** Bytes sent over bytes due. */
  readonly waste: number
}

/** Rejects when a session fails or moves other bytes than it should. */
export async function sail(fleet: Fleet): Promise<Passage> {
  const { sessions, sizeBytes, mbitPerS = 100, rttMs = 50, queueBdp = 1, seed = 1 } = fleet
  const bytesPerS = mbitPerS * 125_000
  const link = [
    unevenly,
    rate({ bytesPerS, queueBytes: (queueBdp * bytesPerS * rttMs) / 1000 }),
    delay(rttMs / 2),
  ]
  let passage: Passage | null = null
  await voyage({ seed, link }, async ({ sea, arrive, sliceBytes, timers }) => {
    const bytes = cargo(sizeBytes)
    const startMs = performance.now()
    const cpu = process.cpuUsage()
    const before = timers()
    const running = depart(sea, fleet, bytes)
    const outcomes = await arrive(
      Promise.all(running.map(({ outcome }) => outcome)),
      fleet.virtualMsMax ?? 300_000,
    )
    const seconds = (performance.now() - startMs) / 1000
    await arrive(Promise.all(running.map(({ closed }) => closed)), 60_000)
    const { user, system } = process.cpuUsage(cpu)
    for (const outcome of outcomes) {
      if ('failed' in outcome) throw new Error(outcome.failed.kind)
    }
    const folder = fleet.verb === 'put' ? sea.serverFiles : sea.clientFiles
    for (let i = 0; i < sessions; i += 1) {
      if (folder.bytes(crate(i))?.equals(bytes) !== true) throw new Error('other bytes')
    }
    passage = {
      seconds,
      goodputBytesPerS: (sessions * sizeBytes) / seconds,
      cpuUsPerSession: (user + system) / sessions,
      timersPerSession: (timers() - before) / sessions,
      waste: sliceBytes() / (sessions * sealedBytes(sizeBytes)),
    }
  })
  if (passage === null) throw new Error('nothing arrived')
  return passage
}

/**
 * Fake timers go off at whole milliseconds. Hosts do not send in step: without this the same ones
 * would find the queue full each time (Floyd and Jacobson, 1992).
 */
const unevenly: PlainRule = (packet, random) => ({ ...packet, atMs: packet.atMs + random() })

/** Begins every session of a fleet. */
function depart(sea: Simulation, fleet: Fleet, bytes: Buffer): readonly Running<Stored>[] {
  const folder = fleet.verb === 'put' ? sea.clientFiles : sea.serverFiles
  folder.set('crate.bin', bytes)
  return Array.from({ length: fleet.sessions }, (_, i) =>
    sea[fleet.verb](PEER, 'crate.bin', { key: null, as: crate(i) }),
  )
}

function crate(i: number): string {
  return `crate-${i}.bin`
}
