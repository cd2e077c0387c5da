import { RECORD_BYTES, SEAL_BYTES } from '../limits.ts'
import type { RangeSet } from './ranges.ts'

/**
 * How the bytes of a session are cut into records (PROTOCOL "Records"). They come in runs, one file
 * each, laid end to end: every run begins a record, every record holds RECORD_BYTES but the last of
 * its run, which holds what is left. Nothing at all is no record.
 */
export class Layout {
  /** The first record of each run, and behind them the number of records. */
  #firsts: Float64Array
  /** Where each run begins, and behind them the number of bytes. */
  #begins: Float64Array
  /** The run that was looked up last: the next one looked up is nearly always the same. */
  #run = 0

  /** A layout of one run; see grow. */
  constructor(totalBytes: number) {
    this.#firsts = Float64Array.of(0, recordsOf(totalBytes))
    this.#begins = Float64Array.of(0, totalBytes)
  }

  get totalBytes(): number {
    return this.#begins[this.runCount]!
  }

  get recordCount(): number {
    return this.#firsts[this.runCount]!
  }

  get runCount(): number {
    return this.#firsts.length - 1
  }

  /** Lays further runs of these sizes behind the ones there are. */
  grow(sizesBytes: readonly number[]): void {
    const old = this.runCount
    const firsts = new Float64Array(old + sizesBytes.length + 1)
    const begins = new Float64Array(old + sizesBytes.length + 1)
    firsts.set(this.#firsts)
    begins.set(this.#begins)
    for (const [i, sizeBytes] of sizesBytes.entries()) {
      firsts[old + i + 1] = firsts[old + i]! + recordsOf(sizeBytes)
      begins[old + i + 1] = begins[old + i]! + sizeBytes
    }
    this.#firsts = firsts
    this.#begins = begins
  }

  /** The first record of a run; of the run behind the last one, the number of records. */
  firstRecord(run: number): number {
    return this.#firsts[run]!
  }

  /** Where a run begins; the run behind the last one, at the number of bytes. */
  beginBytes(run: number): number {
    return this.#begins[run]!
  }

  /** The run that a record lies in; the last one of all for a record beyond. */
  runOf(record: number): number {
    const run = this.#run
    if (record < this.#firsts[run]! || record >= this.#firsts[run + 1]!) {
      this.#run = lastAtOrBelow(this.#firsts, record)
    }
    return this.#run
  }

  /** How many runs end before a record. */
  runsBefore(record: number): number {
    return record >= this.recordCount ? this.runCount : lastAtOrBelow(this.#firsts, record)
  }

  /** The run that a byte lies in. */
  runAt(offsetBytes: number): number {
    return lastAtOrBelow(this.#begins, offsetBytes)
  }

  /** The record that a byte lies in. */
  recordAt(offsetBytes: number): number {
    const run = this.runAt(offsetBytes)
    return this.#firsts[run]! + Math.floor((offsetBytes - this.#begins[run]!) / RECORD_BYTES)
  }

  /** Where a record begins in the plain bytes of all runs. */
  offsetBytes(record: number): number {
    const run = this.runOf(record)
    const beginBytes = this.#begins[run]! + (record - this.#firsts[run]!) * RECORD_BYTES
    return Math.min(beginBytes, this.#begins[run + 1]!)
  }

  plainBytes(record: number): number {
    const run = this.runOf(record)
    const begins = this.#begins[run]! + (record - this.#firsts[run]!) * RECORD_BYTES
    return Math.min(RECORD_BYTES, this.#begins[run + 1]! - begins)
  }

  sealedBytes(record: number): number {
    return this.plainBytes(record) + SEAL_BYTES
  }

  /** The records of an only run that lie whole in these bytes; `first` is above `last` for none. */
  recordsWithin(offsetBytes: number, lengthBytes: number): { first: number; last: number } {
    const end = offsetBytes + lengthBytes
    const whole = end === this.totalBytes ? this.recordCount : Math.floor(end / RECORD_BYTES)
    return { first: Math.ceil(offsetBytes / RECORD_BYTES), last: whole - 1 }
  }

  /** Plain bytes of all these records together. */
  bytesOf(records: RangeSet): number {
    const flat = records.lowest(records.rangeCount)
    let bytes = 0
    for (let i = 0; i < flat.length; i += 2) {
      bytes += this.offsetBytes(flat[i + 1]! + 1) - this.offsetBytes(flat[i]!)
    }
    return bytes
  }
}

/** How many records a run of bytes is cut into. */
export function recordsOf(sizeBytes: number): number {
  return Math.ceil(sizeBytes / RECORD_BYTES)
}

/** The last index, the final one apart, of an ascending column whose number is at most `n`. */
function lastAtOrBelow(column: Float64Array, n: number): number {
  let low = 0
  let high = column.length - 2
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (column[middle]! <= n) low = middle
    else high = middle - 1
  }
  return low
}
