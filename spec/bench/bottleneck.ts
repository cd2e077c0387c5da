import { delay, drop, type LinkStep, type Rule, rate } from 'ferrygram/simulation'
import { DATA_HEADER_BYTES, DATAGRAM_BYTES_MIN } from '../../machines/limits.ts'
import { cargo, PEER, sealedBytes, voyage } from '../support/voyage.ts'

/** A path with one bottleneck, and what is put across it. */
export interface Bottleneck {
  readonly sizeBytes: number
  readonly mbitPerS?: number
  readonly rttMs?: number
  /** Share of the datagrams lost in either direction. */
  readonly loss?: number
  /** The bottleneck's queue, in bandwidth-delay products. */
  readonly queueBdp?: number
  readonly seed?: number
  /** UDP payload; null leaves it to the path MTU search. */
  readonly datagramBytes?: number | null
  /** Stands in for the bottleneck on the way to the server. */
  readonly bottleneck?: Rule
  readonly virtualMsMax?: number
}

export interface Crossing {
  /** Rate of the file's bytes from hello to done, over C · (1 − p) · payload / wire. */
  readonly share: number
  readonly seconds: number
  /** Bytes sent over bytes due. */
  readonly waste: number
  /** Datagrams that found the queue full, over all sent, once START_UP_ROUNDS were over. */
  readonly tailDrops: number
}

const START_UP_ROUNDS = 20
const IP_UDP_HEADER_BYTES = 28
const WIRE_BYTES = DATAGRAM_BYTES_MIN + IP_UDP_HEADER_BYTES
const PAYLOAD_SHARE = (DATAGRAM_BYTES_MIN - DATA_HEADER_BYTES) / WIRE_BYTES
/** Statuses are small: their way back is never the bottleneck. */
const QUEUE_BACK_BYTES = 200_000

/** Puts one file across a simulated bottleneck. Rejects when it does not arrive whole. */
export async function cross(path: Bottleneck): Promise<Crossing> {
  const { sizeBytes, mbitPerS = 100, rttMs = 50, loss = 0, queueBdp = 1, seed = 1 } = path
  const { datagramBytes = DATAGRAM_BYTES_MIN, virtualMsMax = 300_000 } = path
  const bytesPerS = mbitPerS * 125_000
  const queueBytes = (queueBdp * bytesPerS * rttMs) / 1000
  let sent = 0
  let dropped = 0
  const trace = (step: LinkStep) => {
    if (step.direction !== 'toServer' || step.packet.atMs < START_UP_ROUNDS * rttMs) return
    if (step.type === 'sent') sent += 1
    if (step.type === 'dropped' && step.rule === 'rate') dropped += 1
  }
  const toServer = [
    path.bottleneck ?? rate({ bytesPerS, queueBytes }),
    delay(rttMs / 2),
    drop(loss),
  ]
  const toClient = [rate({ bytesPerS, queueBytes: QUEUE_BACK_BYTES }), delay(rttMs / 2), drop(loss)]
  let crossing: Crossing | null = null
  await voyage({ seed, toServer, toClient, trace }, async ({ sea, arrive, sliceBytes }) => {
    const bytes = cargo(sizeBytes)
    sea.clientFiles.set('crate.bin', bytes)
    const startMs = performance.now()
    const size = datagramBytes === null ? {} : { mtuBytes: datagramBytes }
    const put = sea.put(PEER, 'crate.bin', { key: null, ...size })
    const outcome = await arrive(put.outcome, virtualMsMax)
    if (!('ok' in outcome)) throw new Error(outcome.failed.kind)
    if (sea.serverFiles.bytes('crate.bin')?.equals(bytes) !== true) throw new Error('other bytes')
    const seconds = (performance.now() - startMs) / 1000
    crossing = {
      share: sizeBytes / seconds / (bytesPerS * (1 - loss) * PAYLOAD_SHARE),
      seconds,
      waste: sliceBytes() / sealedBytes(sizeBytes),
      tailDrops: sent === 0 ? 0 : dropped / sent,
    }
  })
  if (crossing === null) throw new Error('nothing crossed')
  return crossing
}
