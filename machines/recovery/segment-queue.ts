/** Slices taken off the front that are kept before the columns are cut. */
const TAKEN_MAX = 1_024

/** Slices waiting to be sent again, first in first out. */
export class SegmentQueue {
  #records: number[] = []
  #offsets: number[] = []
  #lengths: number[] = []
  #head = 0

  get isEmpty(): boolean {
    return this.#head === this.#records.length
  }

  get size(): number {
    return this.#records.length - this.#head
  }

  /** Of the first slice, as are `offset` and `length`; only while there is one. */
  get record(): number {
    return this.#records[this.#head]!
  }

  get offset(): number {
    return this.#offsets[this.#head]!
  }

  get length(): number {
    return this.#lengths[this.#head]!
  }

  push(record: number, offset: number, length: number): void {
    this.#records.push(record)
    this.#offsets.push(offset)
    this.#lengths.push(length)
  }

  /** Adds all but the first `count` slices once more, behind them: what loses one spares the other. */
  repeat(count: number): void {
    const end = this.#records.length
    for (let i = this.#head + count; i < end; i += 1) {
      this.push(this.#records[i]!, this.#offsets[i]!, this.#lengths[i]!)
    }
  }

  /** Takes `bytes` off the first slice, and the slice away when nothing is left of it. */
  take(bytes: number): void {
    if (bytes < this.length) {
      this.#offsets[this.#head]! += bytes
      this.#lengths[this.#head]! -= bytes
      return
    }
    this.#head += 1
    if (!this.isEmpty && this.#head < Math.max(TAKEN_MAX, this.#records.length / 2)) return
    this.#records = this.#records.slice(this.#head)
    this.#offsets = this.#offsets.slice(this.#head)
    this.#lengths = this.#lengths.slice(this.#head)
    this.#head = 0
  }

  /** Takes away all slices of a record. */
  drop(record: number): void {
    const isLeft = (_: number, i: number) => i >= this.#head && this.#records[i] !== record
    const offsets = this.#offsets.filter(isLeft)
    const lengths = this.#lengths.filter(isLeft)
    this.#records = this.#records.filter(isLeft)
    this.#offsets = offsets
    this.#lengths = lengths
    this.#head = 0
  }
}
