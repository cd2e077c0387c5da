import { READ_AHEAD_RECORDS } from '../limits.ts'
import type { Layout } from './layout.ts'
import type { RangeSet } from './ranges.ts'

/** The slices that are sent for the first time: all records in order, as they are sealed. */
export class FreshSegments {
  /** Records below this number may be sent. */
  windowEnd = 0
  readonly #layout: Layout
  #record = 0
  #offset = 0
  #sealedThrough = 0
  #wantedThrough = 0

  constructor(layout: Layout) {
    this.#layout = layout
  }

  /** The first record that is not sent whole; the number of records once all are. */
  get record(): number {
    return this.#record
  }

  get offset(): number {
    return this.#offset
  }

  /** What is left to send of the record; 0 when it is not sealed or not within the window. */
  get length(): number {
    if (this.#record >= Math.min(this.#sealedThrough, this.windowEnd)) return 0
    return this.#layout.sealedBytes(this.#record) - this.#offset
  }

  take(bytes: number): void {
    this.#offset += bytes
    if (this.#offset === this.#layout.sealedBytes(this.#record)) this.#next()
  }

  /** Passes over records that need not be sent. */
  skip(opened: RangeSet): void {
    while (opened.has(this.#record)) this.#next()
    this.#sealedThrough = Math.max(this.#sealedThrough, this.#record)
  }

  seal(through: number): void {
    this.#sealedThrough = Math.max(this.#sealedThrough, through)
  }

  /** Records to read and seal next, each named once; null while enough of them lie ahead. */
  takeWanted(opened: RangeSet): { readonly first: number; readonly count: number } | null {
    let first = Math.max(this.#wantedThrough, this.#record)
    if (first - this.#record > READ_AHEAD_RECORDS / 2) return null
    const end = Math.min(
      this.#layout.recordCount,
      this.windowEnd,
      this.#record + READ_AHEAD_RECORDS,
    )
    while (first < end && opened.has(first)) first += 1
    let through = first
    while (through < end && !opened.has(through)) through += 1
    if (through <= first) return null
    this.#wantedThrough = through
    return { first, count: through - first }
  }

  #next(): void {
    this.#record += 1
    this.#offset = 0
  }
}
