import type { DataColumns } from '../events.ts'
import {
  STATUS_DELAY_MS_MAX,
  STATUS_OPENED_RANGES_MAX,
  STATUS_PACKET_RANGES_MAX,
  STATUS_REJECTED_MAX,
  STATUS_REPEAT_MS,
  STATUS_REPEAT_MS_MAX,
} from '../limits.ts'
import type { FlatRanges, Status } from '../messages.ts'
import type { Deadline } from '../timers.ts'
import { Layout } from './layout.ts'
import { RangeSet } from './ranges.ts'
import { Reassembly } from './reassembly.ts'

/** Datagrams after which a status leaves at once, if the last one is this old. */
const STATUS_DATAGRAMS = 16
const STATUS_MS_MIN = 1
/** Datagrams after which a status leaves whatever the last one's age. */
const STATUS_DATAGRAMS_MAX = 64
/** Packet ranges remembered beyond what one status can carry. */
const PACKET_RANGES_MAX = 4 * STATUS_PACKET_RANGES_MAX

const NONE = new Uint8Array(0)

/** What the receiver's guards read: small, closed, a new value with each event. */
export interface ReceiverVerdict {
  readonly statusDue: boolean
  /** Every record is stored. */
  readonly complete: boolean
  /** The disk lags behind so far that the window cannot move on. */
  readonly full: boolean
  /** Records that have all their bytes since this event. */
  readonly completed: readonly number[]
  /** 1 for each row of the burst whose slice is to be kept. */
  readonly accepted: Uint8Array
}

export interface InboundInput {
  readonly totalBytes: number
  readonly windowRecords: number
  /** Records that are here already and need not come. */
  readonly stored?: FlatRanges
  readonly rttMs: number
  readonly atMs: number
}

/** The receiver's books: what arrived, what is stored, and what to report when. */
export class Inbound {
  readonly layout: Layout
  duplicates = 0
  /** Slices outside the window, the record or the file; dropped and never acknowledged. */
  outside = 0
  readonly #windowRecords: number
  readonly #statusDelayMs: number
  readonly #packets = new RangeSet()
  readonly #stored = new RangeSet()
  readonly #opening = new Set<number>()
  readonly #rejections = new Map<number, number>()
  readonly #reassembly = new Reassembly()
  #largestAtMs: number
  #lastStatusAtMs: number
  #unreported = 0
  #unreportedAtMs = 0
  #repeats = 0

  constructor(input: InboundInput) {
    this.layout = new Layout(input.totalBytes)
    this.#windowRecords = input.windowRecords
    this.#stored.addAll(input.stored ?? [], this.layout.recordCount)
    this.#statusDelayMs = Math.max(STATUS_MS_MIN, Math.min(STATUS_DELAY_MS_MAX, input.rttMs / 4))
    this.#largestAtMs = input.atMs
    this.#lastStatusAtMs = input.atMs
  }

  get doneBytes(): number {
    return this.layout.bytesOf(this.#stored)
  }

  begin(): ReceiverVerdict {
    return this.#verdict([], NONE, true)
  }

  /** Takes the data of a burst. `asked`: the peer pinged and wants a status whatever happens. */
  takeData(data: DataColumns, asked: boolean, atMs: number): ReceiverVerdict {
    const accepted = data.count === 0 ? NONE : new Uint8Array(data.count)
    const completed: number[] = []
    for (let i = 0; i < data.count; i += 1) {
      if (!this.#takeSlice(data, i, atMs, completed)) continue
      accepted[i] = 1
      this.#repeats = 0
    }
    if (data.count > 0) {
      this.#packets.keepNewest(PACKET_RANGES_MAX)
      if (this.#unreported === 0) this.#unreportedAtMs = atMs
      this.#unreported += data.count
    }
    return this.#verdict(completed, accepted, asked || this.#isStatusDue(atMs))
  }

  takeStored(records: readonly number[], atMs: number): ReceiverVerdict {
    for (const record of records) {
      this.#opening.delete(record)
      this.#rejections.delete(record)
      this.#stored.add(record)
    }
    this.#repeats = 0
    if (this.#unreported === 0) this.#unreportedAtMs = atMs
    this.#unreported += 1
    return this.#verdict([], NONE, this.#isComplete)
  }

  takeRejected(records: readonly number[]): ReceiverVerdict {
    for (const record of records) {
      this.#opening.delete(record)
      this.#rejections.set(record, (this.#rejections.get(record) ?? 0) + 1)
    }
    return this.#verdict([], NONE, true)
  }

  takeTimeout(timer: Deadline['timer']): ReceiverVerdict {
    if (timer === 'statusRepeat') this.#repeats += 1
    return this.#verdict([], NONE, timer === 'statusDelay' || timer === 'statusRepeat')
  }

  /** The transport timer that goes off first, or null once everything is stored. */
  deadline(): Deadline | null {
    if (this.#isComplete) return null
    if (this.#unreported > 0) {
      return { timer: 'statusDelay', atMs: this.#unreportedAtMs + this.#statusDelayMs }
    }
    const repeatMs = Math.min(STATUS_REPEAT_MS * 2 ** this.#repeats, STATUS_REPEAT_MS_MAX)
    const waitMs = Math.max(repeatMs, 4 * this.#statusDelayMs)
    return { timer: 'statusRepeat', atMs: this.#lastStatusAtMs + waitMs }
  }

  /** The report as of now (PROTOCOL "Status"); the caller sends it. */
  status(storing: boolean, atMs: number): Status {
    this.#unreported = 0
    this.#lastStatusAtMs = atMs
    return {
      kind: 'status',
      packets: this.#packets.newest(STATUS_PACKET_RANGES_MAX),
      delayMs: Math.max(0, atMs - this.#largestAtMs),
      opened: this.#stored.lowest(STATUS_OPENED_RANGES_MAX),
      windowRecords: this.#windowEnd,
      rejected: [...this.#rejections].slice(0, STATUS_REJECTED_MAX).flat(),
      storing,
    }
  }

  get #isComplete(): boolean {
    return this.#stored.prefix === this.layout.recordCount
  }

  get #windowEnd(): number {
    return Math.min(this.layout.recordCount, this.#stored.prefix + this.#windowRecords)
  }

  #isStatusDue(atMs: number): boolean {
    if (this.#unreported >= STATUS_DATAGRAMS_MAX) return true
    if (atMs - this.#lastStatusAtMs < STATUS_MS_MIN) return false
    return this.#unreported >= STATUS_DATAGRAMS || atMs - this.#unreportedAtMs > this.#statusDelayMs
  }

  /**
   * Checks everything about row `i` before its slice may take memory. Only what is kept, or is here
   * already, counts as received: a sender never sends again what was acknowledged.
   */
  #takeSlice(data: DataColumns, i: number, atMs: number, completed: number[]): boolean {
    const packetNumber = data.packetNumbers[i]!
    const record = data.records[i]!
    const offset = data.offsets[i]!
    const length = data.lengths[i]!
    const sealedBytes = this.layout.sealedBytes(record)
    if (record >= this.#windowEnd || length === 0 || offset + length > sealedBytes) {
      this.outside += 1
      return false
    }
    if (packetNumber > this.#packets.largest) this.#largestAtMs = atMs
    if (!this.#packets.add(packetNumber)) {
      this.duplicates += 1
      return false
    }
    if (this.#stored.has(record) || this.#opening.has(record)) {
      this.duplicates += 1
      return false
    }
    const result = this.#reassembly.add(record, offset, length, sealedBytes)
    if (result === 'nothing') this.duplicates += 1
    if (result === 'complete') {
      this.#opening.add(record)
      completed.push(record)
    }
    return result !== 'nothing'
  }

  #verdict(
    completed: readonly number[],
    accepted: Uint8Array,
    statusDue: boolean,
  ): ReceiverVerdict {
    return {
      statusDue,
      complete: this.#isComplete,
      full: this.#opening.size >= this.#windowRecords / 2,
      completed,
      accepted,
    }
  }
}
