import { delay, drop, dropBursts, type Rule, rate } from 'ferrygram/simulation'
import { DATA_HEADER_BYTES, DATAGRAM_BYTES_MIN } from '../../machines/limits.ts'
import { cargo, PEER, sealedBytes, type Voyage, voyage } from '../support/voyage.ts'
import { PathTrace } from './path-trace.ts'

/** A path with one bottleneck, and what is put across it. */
export interface Bottleneck {
  readonly sizeBytes: number
  readonly mbitPerS?: number
  readonly rttMs?: number
  /** Share of the datagrams lost in either direction. */
  readonly loss?: number
  /** Datagrams lost in a row, on average; each by itself unless given. */
  readonly lossRun?: number
  /** The bottleneck's queue, in bandwidth-delay products. */
  readonly queueBdp?: number
  readonly seed?: number
  /** UDP payload; null leaves it to the path MTU search. */
  readonly datagramBytes?: number | null
  /** The rate becomes another one under way. */
  readonly change?: { readonly atMs: number; readonly mbitPerS: number }
  readonly virtualMsMax?: number
  /** Stands in for the bottleneck on the way to the server. */
  readonly bottleneck?: Rule
}

export interface Crossing {
  /** Rate of the file's bytes from hello to done, over C · (1 − p) · payload / wire. */
  readonly share: number
  readonly seconds: number
  /** Bytes of slices sent over bytes due. */
  readonly waste: number
  /** Bytes on the wire over bytes of the file. */
  readonly wire: number
  /** The same without what makes up for the losses of the path, which nobody could spare. */
  readonly overhead: number
  /** Bytes on the wire the other way, over those on the way to the server. */
  readonly back: number
  /** Datagrams that found the queue full, over all sent. */
  readonly tailDrops: number
  /** Bytes of slices that arrived though they had before, over bytes due. */
  readonly repeated: number
  /** 95th percentile of the round trip once START_UP_ROUNDS were over, over that of the empty path. */
  readonly rttP95: number
  readonly path: PathTrace
}

const START_UP_ROUNDS = 20
const IP_UDP_HEADER_BYTES = 28
/** Statuses are small: their way back is never the bottleneck. */
const QUEUE_BACK_BYTES = 200_000

/** Share of the bytes on the wire that are bytes of slices. */
export function payloadShare(datagramBytes: number): number {
  return (datagramBytes - DATA_HEADER_BYTES) / (datagramBytes + IP_UDP_HEADER_BYTES)
}

/** Puts one file across a simulated bottleneck. Rejects when it does not arrive whole. */
export async function cross(path: Bottleneck): Promise<Crossing> {
  const { sizeBytes, mbitPerS = 100, rttMs = 50, loss = 0 } = path
  const { datagramBytes = DATAGRAM_BYTES_MIN, virtualMsMax = 400_000 } = path
  let crossing: Crossing | null = null
  await overBottleneck(path, async ({ sea, arrive, sliceBytes }, trace) => {
    const bytes = cargo(sizeBytes)
    sea.clientFiles.set('crate.bin', bytes)
    const startMs = performance.now()
    const size = datagramBytes === null ? {} : { mtuBytes: datagramBytes }
    const put = sea.put(PEER, 'crate.bin', { key: null, ...size })
    const outcome = await arrive(put.outcome, virtualMsMax)
    if (!('ok' in outcome)) throw new Error(outcome.failed.kind)
    if (sea.serverFiles.bytes('crate.bin')?.equals(bytes) !== true) throw new Error('other bytes')
    const seconds = (performance.now() - startMs) / 1000
    const carried = mbitPerS * 125_000 * (1 - loss) * payloadShare(datagramBytes ?? 1_472)
    const dueBytes = sealedBytes(sizeBytes)
    const wire = trace.forwardBytes / sizeBytes
    crossing = {
      share: sizeBytes / seconds / carried,
      seconds,
      waste: sliceBytes() / dueBytes,
      wire,
      overhead: wire * (1 - trace.lost / trace.sent),
      back: trace.backBytes / trace.forwardBytes,
      tailDrops: trace.tailDrops / trace.sent,
      repeated: trace.arrivedBytes / dueBytes - 1,
      rttP95: (trace.delayMs(0.95) + rttMs / 2) / rttMs,
      path: trace,
    }
  })
  if (crossing === null) throw new Error('nothing crossed')
  return crossing
}

/** Runs something across a simulated bottleneck, and traces it. */
export async function overBottleneck(
  path: Omit<Bottleneck, 'sizeBytes'>,
  run: (voyage: Voyage, trace: PathTrace) => Promise<void>,
): Promise<void> {
  const { mbitPerS = 100, rttMs = 50, loss = 0, lossRun, queueBdp = 1, seed = 1, change } = path
  const bytesPerS = mbitPerS * 125_000
  const queueBytes = (queueBdp * bytesPerS * rttMs) / 1000
  const trace = new PathTrace(START_UP_ROUNDS * rttMs)
  const loses = lossRun === undefined ? drop(loss) : dropBursts(loss, lossRun)
  const alone = change
    ? changing(mbitPerS, change.atMs, change.mbitPerS, queueBytes)
    : rate({ bytesPerS, queueBytes })
  const toServer = [path.bottleneck ?? alone, delay(rttMs / 2), loses]
  const toClient = [rate({ bytesPerS, queueBytes: QUEUE_BACK_BYTES }), delay(rttMs / 2), loses]
  await voyage({ seed, toServer, toClient, trace: trace.take }, (each) => run(each, trace))
}

/** Sends `fromMbit` until `atMs`, then `toMbit`; the queue holds `queueBytes`. */
function changing(fromMbit: number, atMs: number, toMbit: number, queueBytes: number): Rule {
  return {
    name: 'rate',
    start: () => {
      let freeAtMs = 0
      return (packet) => {
        const bytesPerMs = (packet.atMs < atMs ? fromMbit : toMbit) * 125
        const startMs = Math.max(freeAtMs, packet.atMs)
        if ((startMs - packet.atMs) * bytesPerMs > queueBytes) return null
        freeAtMs = startMs + (packet.bytes.length + IP_UDP_HEADER_BYTES) / bytesPerMs
        return { ...packet, atMs: freeAtMs }
      }
    },
  }
}
