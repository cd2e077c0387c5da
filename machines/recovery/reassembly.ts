import { RangeSet } from './ranges.ts'

/** Which bytes of which sealed records have arrived; only unfinished records take memory. */
export class Reassembly {
  readonly #arrived = new Map<number, RangeSet>()

  get unfinished(): number {
    return this.#arrived.size
  }

  /**
   * Notes a slice. `nothing`: every byte of it was here already. `complete`: it was the last one
   * missing, and the record is forgotten here.
   */
  add(
    record: number,
    offset: number,
    length: number,
    sealedBytes: number,
  ): 'nothing' | 'new' | 'complete' {
    if (length === sealedBytes) {
      this.#arrived.delete(record)
      return 'complete'
    }
    let ranges = this.#arrived.get(record)
    if (ranges === undefined) {
      ranges = new RangeSet()
      this.#arrived.set(record, ranges)
    }
    if (!ranges.add(offset, offset + length - 1)) return 'nothing'
    if (ranges.prefix < sealedBytes) return 'new'
    this.#arrived.delete(record)
    return 'complete'
  }
}
