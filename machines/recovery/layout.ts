import { RECORD_BYTES, SEAL_BYTES } from '../limits.ts'
import type { RangeSet } from './ranges.ts'

/**
 * How a run of bytes is cut into records (PROTOCOL "Records"): every record holds RECORD_BYTES but
 * the last, which holds what is left. Nothing at all is no record.
 */
export class Layout {
  readonly totalBytes: number
  readonly recordCount: number

  constructor(totalBytes: number) {
    this.totalBytes = totalBytes
    this.recordCount = Math.ceil(totalBytes / RECORD_BYTES)
  }

  /** Where a record begins in the plain bytes. */
  offsetBytes(record: number): number {
    return record * RECORD_BYTES
  }

  plainBytes(record: number): number {
    return Math.min(RECORD_BYTES, this.totalBytes - record * RECORD_BYTES)
  }

  sealedBytes(record: number): number {
    return this.plainBytes(record) + SEAL_BYTES
  }

  /** The records that lie whole in these bytes; `first` is above `last` when none does. */
  recordsWithin(offsetBytes: number, lengthBytes: number): { first: number; last: number } {
    const end = offsetBytes + lengthBytes
    const whole = end === this.totalBytes ? this.recordCount : Math.floor(end / RECORD_BYTES)
    return { first: Math.ceil(offsetBytes / RECORD_BYTES), last: whole - 1 }
  }

  /** Plain bytes of all these records together. */
  bytesOf(records: RangeSet): number {
    const last = this.recordCount - 1
    const whole = records.size * RECORD_BYTES
    return records.has(last) ? whole - RECORD_BYTES + this.plainBytes(last) : whole
  }
}
