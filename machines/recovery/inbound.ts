import type { DataColumns } from '../events.ts'
import {
  DIGEST_BYTES,
  STATUS_MISSING_MAX,
  STATUS_OPENED_RANGES_MAX,
  STATUS_REJECTED_MAX,
  STATUS_REPEAT_MS,
  STATUS_REPEAT_MS_MAX,
} from '../limits.ts'
import type { FlatRanges, Status } from '../messages.ts'
import type { Deadline } from '../timers.ts'
import { Arrivals } from './arrivals.ts'
import { blockCount } from './blocks.ts'
import type { InboundInput } from './inbound-input.ts'
import { Layout } from './layout.ts'
import { RangeSet } from './ranges.ts'
import { Reassembly } from './reassembly.ts'
import type { ReceiverVerdict } from './receiver-verdict.ts'
import { rowCount, runEnd } from './slice-run.ts'
import { STATUS_MS_MIN, statusDelayMs } from './status-delay.ts'

/** Datagrams after which a status leaves at once, if the last one is this old. */
const STATUS_DATAGRAMS = 32
/** It leaves sooner at first, when the sender knows least: after this share of all that came. */
const STATUS_SHARE = 1 / 16
/** Datagrams after which a status leaves whatever the last one's age. */
const STATUS_DATAGRAMS_MAX = 64
/** Repeats of a status before their interval doubles: where loss comes in bursts, many go unheard. */
const REPEATS_UNDOUBLED = 8

/** The receiver's books: what arrived, what is stored, and what to report when. */
export class Inbound {
  readonly layout: Layout
  /** More is to come than is known yet: what a manifest tells of was not all looked at. */
  awaitsMore: boolean
  duplicates = 0
  /** Slices outside the window, the record or the file; dropped and never acknowledged. */
  outside = 0
  readonly arrivals: Arrivals
  readonly #windowRecords: number
  readonly #statusDelayMs: number
  readonly #stored = new RangeSet()
  readonly #opening = new Set<number>()
  /** Complete, failed to open, and waiting for their digests. */
  readonly #rejected = new Set<number>()
  /** Failed to open and compared; what arrives of them since has been checked. */
  readonly #compared = new Set<number>()
  readonly #reassembly = new Reassembly()
  #lastStatusAtMs: number
  #received = 0
  #unreported = 0
  #unreportedAtMs = 0
  #repeats = 0
  #atFault = false

  constructor(input: InboundInput) {
    this.layout = new Layout(input.totalBytes)
    this.awaitsMore = input.isManifest ?? false
    this.#windowRecords = input.windowRecords
    this.#stored.addAll(input.stored ?? [], this.layout.recordCount)
    this.#statusDelayMs = statusDelayMs(input.rttMs)
    this.arrivals = new Arrivals(input.rttMs, input.atMs)
    this.#lastStatusAtMs = input.atMs
  }

  /** How many records are done, counting from the first without a gap. */
  get doneRecords(): number {
    return this.#stored.prefix
  }

  get doneBytes(): number {
    return this.layout.bytesOf(this.#stored)
  }

  /** Whether a record is stored, or need not come. */
  isStored(record: number): boolean {
    return this.#stored.has(record)
  }

  begin(): ReceiverVerdict {
    return this.#verdict(true)
  }

  /** Takes the data of a burst. `asked`: the peer pinged and wants a status whatever happens. */
  takeData(data: DataColumns, asked: boolean, atMs: number): ReceiverVerdict {
    const kept: number[] = []
    const completed: number[] = []
    for (let row = 0; row < data.count; ) row = this.#takeRun(data, row, atMs, kept, completed)
    // A peer that asks may have missed all that was said lately.
    if (kept.length > 0 || asked) this.#repeats = 0
    if (data.count > 0) {
      this.arrivals.trim()
      this.#count(data.count, atMs)
      this.#received += data.count
    }
    return this.#verdict(asked || this.#isStatusDue(atMs), completed, kept)
  }

  takeStored(records: readonly number[], atMs: number): ReceiverVerdict {
    for (const record of records) {
      this.#opening.delete(record)
      this.#compared.delete(record)
      this.#stored.add(record)
    }
    this.#repeats = 0
    this.#count(1, atMs)
    return this.#verdict(this.#isComplete)
  }

  /** Runs of these sizes follow, but for the records that are `spared`; after the last, no more. */
  takeLookedAt(
    sizesBytes: readonly number[],
    spared: FlatRanges,
    isLast: boolean,
  ): ReceiverVerdict {
    this.layout.grow(sizesBytes)
    this.awaitsMore = !isLast
    return this.takeSpared(spared)
  }

  /** These records need no longer come; what came of them is of no use. */
  takeSpared(records: FlatRanges): ReceiverVerdict {
    this.#stored.addAll(records, this.layout.recordCount)
    for (const books of [this.#opening, this.#rejected, this.#compared]) {
      for (const record of books) if (this.isStored(record)) books.delete(record)
    }
    this.#reassembly.drop((record) => this.isStored(record))
    this.#repeats = 0
    return this.#verdict(true)
  }

  takeRejected(records: readonly number[]): ReceiverVerdict {
    for (const record of records) {
      if (this.#stored.has(record)) continue
      this.#opening.delete(record)
      if (this.#compared.has(record)) this.#atFault = true
      else this.#rejected.add(record)
    }
    return this.#verdict(true)
  }

  /** Whether digests of that many bytes are those a rejected record waits for. */
  wantsDigests(record: number, bytes: number): boolean {
    if (!this.#rejected.has(record)) return false
    return bytes === blockCount(this.layout.sealedBytes(record)) * DIGEST_BYTES
  }

  /** A rejected record was compared to its digests: these blocks of it never arrived. */
  takeBlocksRejected(record: number, blocks: readonly number[]): ReceiverVerdict {
    if (!this.#rejected.delete(record)) return this.#verdict(false)
    if (blocks.length === 0) this.#atFault = true
    this.#compared.add(record)
    this.#reassembly.forget(record, blocks, this.layout.sealedBytes(record))
    return this.#verdict(true)
  }

  takeTimeout(timer: Deadline['timer']): ReceiverVerdict {
    if (timer === 'statusRepeat') this.#repeats += 1
    return this.#verdict(timer === 'statusDelay' || timer === 'statusRepeat')
  }

  /** The transport timer that goes off first, or null once everything is stored. */
  deadline(): Deadline | null {
    if (this.#isComplete) return null
    if (this.#unreported > 0) {
      return { timer: 'statusDelay', atMs: this.#unreportedAtMs + this.#statusDelayMs }
    }
    const doublings = Math.max(0, this.#repeats - REPEATS_UNDOUBLED)
    const repeatMs = Math.min(STATUS_REPEAT_MS * 2 ** doublings, STATUS_REPEAT_MS_MAX)
    const waitMs = Math.max(repeatMs, this.#statusDelayMs)
    return { timer: 'statusRepeat', atMs: this.#lastStatusAtMs + waitMs }
  }

  /** The report as of now (PROTOCOL "Status"); the caller sends it. */
  status(storing: boolean, atMs: number): Status {
    this.#unreported = 0
    this.#lastStatusAtMs = atMs
    return {
      kind: 'status',
      packets: this.arrivals.report(atMs),
      delayMs: Math.max(0, atMs - this.arrivals.largestAtMs),
      opened: this.#stored.lowest(STATUS_OPENED_RANGES_MAX),
      windowRecords: this.#windowEnd,
      rejected: [...this.#rejected].sort((a, b) => a - b).slice(0, STATUS_REJECTED_MAX),
      missing: this.#missing(),
      storing,
    }
  }

  get #isComplete(): boolean {
    return !this.awaitsMore && this.#stored.prefix === this.layout.recordCount
  }

  get #windowEnd(): number {
    return Math.min(this.layout.recordCount, this.#stored.prefix + this.#windowRecords)
  }

  /** So much more to tell of. */
  #count(news: number, atMs: number): void {
    if (this.#unreported === 0) this.#unreportedAtMs = atMs
    this.#unreported += news
  }

  #isStatusDue(atMs: number): boolean {
    if (this.#unreported >= STATUS_DATAGRAMS_MAX) return true
    if (atMs - this.#lastStatusAtMs < STATUS_MS_MIN) return false
    const enough = Math.min(STATUS_DATAGRAMS, STATUS_SHARE * this.#received)
    return this.#unreported >= enough || atMs - this.#unreportedAtMs > this.#statusDelayMs
  }

  /** Whether every byte of a record arrived, be it only to be compared. */
  #isWhole(record: number): boolean {
    return this.#stored.has(record) || this.#opening.has(record) || this.#rejected.has(record)
  }

  /**
   * What is missing of records that were compared; and of all, once nothing new comes: a forged
   * slice may have been acknowledged in the place of one that was lost.
   */
  #missing(): number[] {
    const missing: number[] = []
    const isStuck = this.#repeats > 0
    if (!isStuck && this.#compared.size === 0) return missing
    for (let record = this.#stored.prefix; record < this.#windowEnd; record += 1) {
      if (missing.length === 3 * STATUS_MISSING_MAX) break
      if (this.#isWhole(record) || !(isStuck || this.#compared.has(record))) continue
      const sealedBytes = this.layout.sealedBytes(record)
      missing.push(record, ...this.#reassembly.missing(record, sealedBytes))
    }
    return missing
  }

  /**
   * Checks everything about a run that begins at `row` before its slices may take memory, and
   * returns the row behind it. Only what is kept, or is here already, counts as received: a sender
   * never sends again what was acknowledged. A packet number that came before may still bring bytes:
   * the first to bear it may have been forged.
   */
  #takeRun(data: DataColumns, row: number, atMs: number, kept: number[], completed: number[]) {
    const packetNumber = data.packetNumbers[row]!
    const record = data.records[row]!
    const offset = data.offsets[row]!
    const length = data.lengths[row]!
    const sealedBytes = this.layout.sealedBytes(record)
    if (record >= this.#windowEnd || length === 0 || offset + length > sealedBytes) {
      this.outside += 1
      return row + 1
    }
    const end = runEnd(data, row, sealedBytes)
    this.arrivals.add(packetNumber, data.packetNumbers[end - 1]!, atMs)
    if (this.#isWhole(record)) {
      this.duplicates += end - row
      return end
    }
    const endOffset = data.offsets[end - 1]! + data.lengths[end - 1]!
    const before = kept.length
    const keep = (first: number, last: number) => kept.push(row, end, first, last)
    const result = this.#reassembly.add(record, offset, endOffset - offset, sealedBytes, keep)
    this.duplicates += end - row - rowCount(data, kept, before)
    if (result === 'complete') {
      this.#opening.add(record)
      completed.push(record)
    }
    return end
  }

  #verdict(
    statusDue: boolean,
    completed: readonly number[] = [],
    kept: readonly number[] = [],
  ): ReceiverVerdict {
    return {
      statusDue,
      complete: this.#isComplete,
      full: this.#opening.size >= this.#windowRecords / 2,
      completed,
      kept,
      atFault: this.#atFault,
    }
  }
}
