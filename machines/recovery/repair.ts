import { type BlockBits, blockCount, blockSpan, hasBlock } from './blocks.ts'
import type { InFlight } from './in-flight.ts'
import type { Layout } from './layout.ts'
import type { RttEstimator } from './rtt.ts'
import type { SegmentQueue } from './segment-queue.ts'

const all = (): boolean => true

/** Whether a record was sent whole and is not opened yet. */
export type IsPending = (record: number) => boolean

/** What a sender does about forged and corrupted slices. PROTOCOL "Rejected records". */
export class Repair {
  readonly #layout: Layout
  readonly #resend: SegmentQueue
  readonly #inFlight: InFlight
  readonly #isPending: IsPending
  /** When the digests of a rejected record left, until its missing blocks are known. */
  readonly #digestsAtMs = new Map<number, number>()

  constructor(layout: Layout, resend: SegmentQueue, inFlight: InFlight, isPending: IsPending) {
    this.#layout = layout
    this.#resend = resend
    this.#inFlight = inFlight
    this.#isPending = isPending
  }

  /**
   * The records whose digests to send now: at once, and again each probe timeout. The blocks of an
   * only record follow its digests unasked, which spares a small file a round trip.
   */
  takeRejected(rejected: readonly number[], rtt: RttEstimator, atMs: number): number[] {
    for (const record of this.#digestsAtMs.keys()) {
      if (!this.#isPending(record)) this.#digestsAtMs.delete(record)
    }
    const againMs = rtt.probeTimeoutMs(0)
    return rejected.filter((record) => {
      if (!this.#isPending(record)) return false
      const sentAtMs = this.#digestsAtMs.get(record)
      if (sentAtMs !== undefined && atMs < sentAtMs + againMs) return false
      this.#digestsAtMs.set(record, atMs)
      if (sentAtMs === undefined && this.#layout.recordCount === 1) this.#resendBlocks(record, all)
      return true
    })
  }

  /**
   * Sends missing blocks again: once in answer to digests, as loss detection does the rest; or when
   * nothing is under way that could still bring them (`isIdle`), so that they were acknowledged and
   * yet did not arrive. Each leaves as a slice of its own, which a digest can tell apart.
   */
  takeMissing(missing: readonly number[], isIdle: boolean): void {
    for (let i = 0; i < missing.length; i += 3) {
      const record = missing[i]!
      if (!this.#isPending(record)) continue
      const isCompared = this.#digestsAtMs.delete(record)
      if (!isCompared && !isIdle) continue
      if (isCompared) this.#giveUpSlices(record)
      const bits: BlockBits = [missing[i + 1]!, missing[i + 2]!]
      this.#resendBlocks(record, (block) => hasBlock(bits, block))
    }
  }

  /** What is cut elsewhere than between blocks is dropped over there from now on: no probe frees it. */
  #giveUpSlices(record: number): void {
    this.#resend.drop(record)
    this.#inFlight.abandonRecord(record)
  }

  #resendBlocks(record: number, isWanted: (block: number) => boolean): void {
    const sealedBytes = this.#layout.sealedBytes(record)
    for (let block = 0; block < blockCount(sealedBytes); block += 1) {
      if (!isWanted(block)) continue
      const { start, end } = blockSpan(block, sealedBytes)
      this.#resend.push(record, start, end - start)
    }
  }
}
