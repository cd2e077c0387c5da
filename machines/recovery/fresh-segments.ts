import { READ_AHEAD_RECORDS, RECORD_BYTES } from '../limits.ts'
import type { Layout } from './layout.ts'
import type { Pace } from './pace.ts'
import type { RangeSet } from './ranges.ts'

/** How fast, and how much at once, may leave. */
type Window = Pick<Pace, 'rateBytesPerS' | 'inFlightBytesMax'>

/** How long the disk may take to read what is sealed next. */
const READ_MS = 20
const AHEAD_BYTES_MAX = READ_AHEAD_RECORDS * RECORD_BYTES

/** The slices that are sent for the first time: all records in order, as they are sealed. */
export class FreshSegments {
  /** Records below this number may be sent. */
  windowEnd = 0
  readonly #layout: Layout
  /** Bytes to have sealed beyond what was sent. */
  #aheadBytes = 0
  #record = 0
  #offset = 0
  #sealedThrough = 0
  #wantedThrough = 0

  constructor(layout: Layout, pace: Window) {
    this.#layout = layout
    this.takePace(pace)
  }

  /** The first record that is not sent whole; the number of records once all are. */
  get record(): number {
    return this.#record
  }

  get offset(): number {
    return this.#offset
  }

  /**
   * What may leave while the disk reads is to be sealed, within READ_AHEAD_RECORDS: a session that
   * is slow, or whose peer is not proved yet, holds little.
   */
  takePace({ rateBytesPerS, inFlightBytesMax }: Window): void {
    this.#aheadBytes = Math.max(inFlightBytesMax, (rateBytesPerS * READ_MS) / 1000)
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
    const ahead = this.#aheadRecords
    if (first - this.#record > ahead / 2) return null
    const end = Math.min(this.#layout.recordCount, this.windowEnd, this.#record + ahead)
    while (first < end && opened.has(first)) first += 1
    let through = first
    while (through < end && !opened.has(through)) through += 1
    if (through <= first) return null
    this.#wantedThrough = through
    return { first, count: through - first }
  }

  /** How many records from here on hold the bytes to have sealed: many where files are small. */
  get #aheadRecords(): number {
    const aheadBytes = Math.min(this.#offset + this.#aheadBytes, AHEAD_BYTES_MAX)
    const { totalBytes, recordCount } = this.#layout
    const endBytes = this.#layout.offsetBytes(this.#record) + aheadBytes
    const beyond = Math.ceil((endBytes - totalBytes) / RECORD_BYTES)
    if (beyond > 0) return recordCount + beyond - this.#record
    return this.#layout.recordAt(endBytes - 1) + 1 - this.#record
  }

  #next(): void {
    this.#record += 1
    this.#offset = 0
  }
}
