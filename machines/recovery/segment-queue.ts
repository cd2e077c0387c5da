/** Slices waiting to be sent again, first in first out. */
export class SegmentQueue {
  #records: number[] = []
  #offsets: number[] = []
  #lengths: number[] = []
  #head = 0

  get isEmpty(): boolean {
    return this.#head === this.#records.length
  }

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

  /** Takes `bytes` off the first slice, and the slice away when nothing is left of it. */
  take(bytes: number): void {
    if (bytes < this.length) {
      this.#offsets[this.#head]! += bytes
      this.#lengths[this.#head]! -= bytes
      return
    }
    this.#head += 1
    if (this.isEmpty) {
      this.#records = []
      this.#offsets = []
      this.#lengths = []
      this.#head = 0
    }
  }
}
