import type { LinkStep } from 'ferrygram/simulation'
import { DATA_HEADER_BYTES } from '../../machines/limits.ts'

const DATA_TYPE = 3
const IP_UDP_HEADER_BYTES = 28
const SESSION_ID_AT = 3
const SESSION_ID_END = 11

/** What a bench asks about the packets of a simulated link; on the way to the server, mostly. */
export class PathTrace {
  /** Bytes on the wire, IP headers included. */
  forwardBytes = 0
  backBytes = 0
  /** Datagrams that left; those of them that found the queue full, and that the path lost. */
  sent = 0
  tailDrops = 0
  lost = 0
  /** Bytes of slices that arrived, repeated ones included. */
  arrivedBytes = 0
  readonly #fromMs: number
  readonly #sentAtMs: number[] = []
  /** Packets by the ms that they were under way, once start-up was over. */
  readonly #delays: number[] = []
  /** By session: bytes of slices by the ms that they arrived in. */
  readonly #arrivals = new Map<string, number[]>()

  /** `fromMs`: when start-up counts as over. */
  constructor(fromMs: number) {
    this.#fromMs = fromMs
  }

  readonly take = (step: LinkStep): void => {
    const { packet } = step
    const wireBytes = packet.bytes.length + IP_UDP_HEADER_BYTES
    if (step.direction === 'toClient') {
      if (step.type === 'sent') this.backBytes += wireBytes
    } else if (step.type === 'sent') {
      this.forwardBytes += wireBytes
      this.sent += 1
      this.#sentAtMs[packet.number] = packet.atMs
    } else if (step.type === 'dropped') {
      if (step.rule === 'rate') this.tailDrops += 1
      else this.lost += 1
    } else {
      this.#arrive(packet.bytes, packet.atMs, packet.atMs - this.#sentAtMs[packet.number]!)
    }
  }

  /** The delay on the way to the server that this share of the packets did not exceed. */
  delayMs(share: number): number {
    const packets = this.#delays.reduce((sum, count) => sum + (count ?? 0), 0)
    let below = 0
    for (let ms = 0; ms < this.#delays.length; ms += 1) {
      below += this.#delays[ms] ?? 0
      if (below >= share * packets) return ms
    }
    return 0
  }

  /** Bytes of slices that each session brought across between two times. */
  arrivedBetween(fromMs: number, toMs: number): number[] {
    return [...this.#arrivals.values()].map((arrivals) => {
      let bytes = 0
      for (let ms = fromMs; ms < toMs; ms += 1) bytes += arrivals[ms] ?? 0
      return bytes
    })
  }

  #arrive(bytes: Buffer, atMs: number, delayMs: number): void {
    if (bytes[0] !== DATA_TYPE) return
    const sliceBytes = bytes.length - DATA_HEADER_BYTES
    this.arrivedBytes += sliceBytes
    const session = bytes.toString('hex', SESSION_ID_AT, SESSION_ID_END)
    const arrivals = this.#arrivals.get(session) ?? []
    this.#arrivals.set(session, arrivals)
    const ms = Math.floor(atMs)
    arrivals[ms] = (arrivals[ms] ?? 0) + sliceBytes
    if (atMs < this.#fromMs) return
    const delay = Math.round(delayMs)
    this.#delays[delay] = (this.#delays[delay] ?? 0) + 1
  }
}
