import { type BlockBits, blockBits, blockCount, blockSpan } from './blocks.ts'
import { RangeSet } from './ranges.ts'

/** Told of a run of bytes of a slice that was not here yet; both offsets are in the record. */
export type OnNew = (first: number, last: number) => void

/** Which bytes of which sealed records have arrived; only unfinished records take memory. */
export class Reassembly {
  readonly #arrived = new Map<number, RangeSet>()

  get unfinished(): number {
    return this.#arrived.size
  }

  /**
   * Notes a slice, and tells `onNew` each run of it that was missing. `nothing`: every byte of it
   * was here already. `complete`: it brought the last one missing, and the record is forgotten here.
   */
  add(
    record: number,
    offset: number,
    length: number,
    sealedBytes: number,
    onNew: OnNew,
  ): 'nothing' | 'new' | 'complete' {
    let ranges = this.#arrived.get(record)
    if (ranges === undefined) {
      ranges = new RangeSet()
      this.#arrived.set(record, ranges)
    }
    const last = offset + length - 1
    if (offset > ranges.largest) onNew(offset, last)
    else ranges.eachGap(offset, last, onNew)
    if (!ranges.add(offset, last)) return 'nothing'
    if (ranges.prefix < sealedBytes) return 'new'
    this.#arrived.delete(record)
    return 'complete'
  }

  /** Goes back on a complete record: these blocks of it count as never arrived. */
  forget(record: number, blocks: readonly number[], sealedBytes: number): void {
    const ranges = new RangeSet()
    const forgotten = new Set(blocks)
    for (let block = 0; block < blockCount(sealedBytes); block += 1) {
      if (forgotten.has(block)) continue
      const { start, end } = blockSpan(block, sealedBytes)
      ranges.add(start, end - 1)
    }
    this.#arrived.set(record, ranges)
  }

  /** Forgets what came of the unfinished records for which `isUseless` holds. */
  drop(isUseless: (record: number) => boolean): void {
    for (const record of this.#arrived.keys()) {
      if (isUseless(record)) this.#arrived.delete(record)
    }
  }

  /** The blocks of a record, complete ones apart, of which any byte is missing. */
  missing(record: number, sealedBytes: number): BlockBits {
    const ranges = this.#arrived.get(record)
    return blockBits(blockCount(sealedBytes), (block) => {
      const { start, end } = blockSpan(block, sealedBytes)
      return ranges === undefined || !ranges.covers(start, end - 1)
    })
  }
}
