import { DATA_HEADER_BYTES, READ_AHEAD_RECORDS, STATUS_DELAY_MS_MAX } from '../limits.ts'
import type { Introduction, Status } from '../messages.ts'
import type { Deadline } from '../timers.ts'
import { InFlight, type RoundSample } from './in-flight.ts'
import { Layout } from './layout.ts'
import { Pacer } from './pacer.ts'
import { RangeSet } from './ranges.ts'
import { RttEstimator } from './rtt.ts'
import { SegmentQueue } from './segment-queue.ts'

/** Datagrams that a probe may send beyond the congestion window (RFC 9002 §6.2.4). */
const PROBE_DATAGRAMS = 2

/** What holds the sender back just now. */
export type Limit = 'disk' | 'pacing' | 'congestion' | 'receiver' | 'drained'

/** What congestion control allows. */
export interface Pace {
  readonly rateBytesPerS: number
  readonly inFlightBytesMax: number
  /** Tell when bytes in flight fall to this; 0 when that is of no interest. */
  readonly drainedBytes: number
}

/** What the sender's guards read: small, closed, a new value with each event. */
export interface SenderVerdict {
  readonly limit: Limit
  readonly finished: boolean
  readonly probing: boolean
  /** Records to read and seal next. */
  readonly wanted: { readonly first: number; readonly count: number } | null
  readonly round: RoundSample | null
  /** Bytes in flight just fell to what congestion control waits for. */
  readonly drained: boolean
}

/** The datagrams to write next, row by row. */
export class SegmentColumns {
  readonly packetNumbers: Float64Array
  readonly records: Float64Array
  readonly offsets: Uint32Array
  readonly lengths: Uint32Array

  constructor(rows: number) {
    this.packetNumbers = new Float64Array(rows)
    this.records = new Float64Array(rows)
    this.offsets = new Uint32Array(rows)
    this.lengths = new Uint32Array(rows)
  }
}

export interface OutboundInput {
  readonly totalBytes: number
  /** UDP payload of a full data datagram. */
  readonly datagramBytes: number
  readonly peer: Introduction
  readonly rttMs: number
  readonly atMs: number
}

/** The sender's books: which slice goes next, what is under way, and when to look again. */
export class Outbound {
  readonly layout: Layout
  readonly inFlight: InFlight
  readonly pacer: Pacer
  readonly #opened = new RangeSet()
  readonly #resend = new SegmentQueue()
  readonly #rejections = new Map<number, number>()
  readonly #sliceBytes: number
  #windowRecords: number
  #sealedThrough = 0
  #wantedThrough = 0
  #cursorRecord = 0
  #cursorOffset = 0
  #pace: Pace
  #awaitsDrain = false
  #newestStatus = -1
  #probesInARow = 0
  #probeDatagrams = 0
  #lastSentAtMs: number
  #lastHeardAtMs: number

  constructor(input: OutboundInput, pace: Pace) {
    this.layout = new Layout(input.totalBytes)
    this.inFlight = new InFlight(new RttEstimator(input.rttMs), input.atMs)
    this.pacer = new Pacer(pace.rateBytesPerS, input.atMs)
    this.#pace = pace
    this.#sliceBytes = input.datagramBytes - DATA_HEADER_BYTES
    this.#windowRecords = input.peer.windowRecords
    this.#lastSentAtMs = input.atMs
    this.#lastHeardAtMs = input.atMs
  }

  get doneBytes(): number {
    const last = this.layout.recordCount - 1
    const whole = this.#opened.size * this.layout.plainBytes(0)
    if (last < 0 || !this.#opened.has(last)) return last < 0 ? 0 : whole
    return whole - this.layout.plainBytes(0) + this.layout.plainBytes(last)
  }

  isOpened(record: number): boolean {
    return this.#opened.has(record)
  }

  takePace(pace: Pace): SenderVerdict {
    this.#pace = pace
    this.pacer.rateBytesPerS = pace.rateBytesPerS
    this.#awaitsDrain = pace.drainedBytes > 0
    return this.#verdict(null)
  }

  /** What the sender should do first of all. */
  begin(): SenderVerdict {
    return this.#verdict(null)
  }

  takeSealed(first: number, count: number): SenderVerdict {
    this.#sealedThrough = Math.max(this.#sealedThrough, first + count)
    return this.#verdict(null)
  }

  /** Takes a status (PROTOCOL "Status"); an older one than the newest seen changes nothing. */
  takeStatus(status: Status & { readonly number: number }, atMs: number): SenderVerdict {
    if (status.number <= this.#newestStatus) return this.#verdict(null)
    this.#newestStatus = status.number
    this.#lastHeardAtMs = atMs
    const { deliveredBytes, round } = this.inFlight.acknowledge(
      status.packets,
      status.delayMs,
      atMs,
      this.#onLost,
    )
    let progress = deliveredBytes > 0
    for (let i = 0; i < status.opened.length; i += 2) {
      const last = Math.min(status.opened[i + 1]!, this.layout.recordCount - 1)
      if (status.opened[i]! <= last && this.#opened.add(status.opened[i]!, last)) progress = true
    }
    this.#windowRecords = Math.max(this.#windowRecords, status.windowRecords)
    this.#resendRejected(status.rejected)
    if (progress) this.#probesInARow = 0
    return this.#verdict(round)
  }

  /** Something else was heard: the peer lives. */
  takeSignOfLife(atMs: number): SenderVerdict {
    this.#lastHeardAtMs = atMs
    return this.#verdict(null)
  }

  takeTimeout(timer: Deadline['timer'], atMs: number): SenderVerdict {
    if (timer === 'loss') {
      this.inFlight.detectLost(atMs, this.#onLost)
    } else if (timer === 'probe') {
      this.#probesInARow += 1
      this.#probeDatagrams = PROBE_DATAGRAMS
      this.#lastSentAtMs = atMs
      if (this.#resend.isEmpty) {
        this.inFlight.oldest(PROBE_DATAGRAMS, (record, offset, length) =>
          this.#resend.push(record, offset, length),
        )
      }
    }
    return this.#verdict(null)
  }

  /** The pacing loop stopped. */
  takePause(): SenderVerdict {
    return this.#verdict(null)
  }

  /** The transport timer that goes off first, or null when nothing is waited for. */
  deadline(): Deadline | null {
    const { lossAtMs } = this.inFlight
    if (this.#isFinished) return null
    if (lossAtMs !== null) return { timer: 'loss', atMs: lossAtMs }
    if (this.inFlight.bytes === 0 && this.#limit() === 'disk') return null
    const timeoutMs = this.inFlight.rtt.probeTimeoutMs(this.#probesInARow, STATUS_DELAY_MS_MAX)
    return { timer: 'probe', atMs: Math.max(this.#lastSentAtMs, this.#lastHeardAtMs) + timeoutMs }
  }

  /**
   * Chooses datagrams to send now, at most `rowsMax` and within `budgetBytes` in all, notes them as
   * sent and fills the columns. Returns how many.
   */
  fill(columns: SegmentColumns, rowsMax: number, budgetBytes: number, atMs: number): number {
    let rows = 0
    let left = budgetBytes
    while (rows < rowsMax) {
      const length = this.#nextLength()
      const bytes = length + DATA_HEADER_BYTES
      if (length === 0 || bytes > left) break
      if (this.inFlight.bytes + bytes > this.#pace.inFlightBytesMax) {
        if (this.#probeDatagrams === 0) break
      }
      if (this.#probeDatagrams > 0) this.#probeDatagrams -= 1
      const resent = !this.#resend.isEmpty
      const record = resent ? this.#resend.record : this.#cursorRecord
      const offset = resent ? this.#resend.offset : this.#cursorOffset
      columns.records[rows] = record
      columns.offsets[rows] = offset
      columns.lengths[rows] = length
      columns.packetNumbers[rows] = this.inFlight.onSent(record, offset, length, atMs)
      if (resent) this.#resend.take(length)
      else this.#advanceCursor(length)
      left -= bytes
      rows += 1
    }
    if (rows > 0) this.#lastSentAtMs = atMs
    return rows
  }

  /** Bytes of the next datagram, header included; 0 when there is none to send. */
  get nextDatagramBytes(): number {
    const length = this.#nextLength()
    if (length === 0) return 0
    const bytes = length + DATA_HEADER_BYTES
    const fits = this.inFlight.bytes + bytes <= this.#pace.inFlightBytesMax
    return fits || this.#probeDatagrams > 0 ? bytes : 0
  }

  readonly #onLost = (record: number, offset: number, length: number): void => {
    if (!this.#opened.has(record)) this.#resend.push(record, offset, length)
  }

  get #isFinished(): boolean {
    return this.#opened.prefix === this.layout.recordCount
  }

  /** Slice bytes of what goes next; 0 when nothing can. */
  #nextLength(): number {
    while (!this.#resend.isEmpty && this.#opened.has(this.#resend.record)) {
      this.#resend.take(this.#resend.length)
    }
    if (!this.#resend.isEmpty) return Math.min(this.#sliceBytes, this.#resend.length)
    while (this.#cursorRecord < this.#sealedThrough && this.#opened.has(this.#cursorRecord)) {
      this.#cursorRecord += 1
      this.#cursorOffset = 0
    }
    if (this.#cursorRecord >= Math.min(this.#sealedThrough, this.#windowRecords)) return 0
    const rest = this.layout.sealedBytes(this.#cursorRecord) - this.#cursorOffset
    return Math.min(this.#sliceBytes, rest)
  }

  #advanceCursor(length: number): void {
    this.#cursorOffset += length
    if (this.#cursorOffset === this.layout.sealedBytes(this.#cursorRecord)) {
      this.#cursorRecord += 1
      this.#cursorOffset = 0
    }
  }

  #limit(): Limit {
    const length = this.#nextLength()
    if (length > 0) {
      const bytes = this.inFlight.bytes + length + DATA_HEADER_BYTES
      return bytes > this.#pace.inFlightBytesMax ? 'congestion' : 'pacing'
    }
    if (this.#cursorRecord >= this.layout.recordCount) return 'drained'
    return this.#cursorRecord >= this.#windowRecords ? 'receiver' : 'disk'
  }

  /** A record that failed to open is sent again whole, once for each time it is reported anew. */
  #resendRejected(rejected: readonly number[]): void {
    for (let i = 0; i < rejected.length; i += 2) {
      const record = rejected[i]!
      const times = rejected[i + 1]!
      if (record >= this.#cursorRecord || this.#opened.has(record)) continue
      if (times <= (this.#rejections.get(record) ?? 0)) continue
      this.#rejections.set(record, times)
      this.#resend.push(record, 0, this.layout.sealedBytes(record))
    }
  }

  #verdict(round: RoundSample | null): SenderVerdict {
    const limit = this.#limit()
    if (limit !== 'congestion' && limit !== 'pacing') this.inFlight.markAppLimited()
    const drained = this.#awaitsDrain && this.inFlight.bytes <= this.#pace.drainedBytes
    if (drained) this.#awaitsDrain = false
    return {
      limit,
      finished: this.#isFinished,
      probing: this.#probesInARow > 0,
      wanted: this.#takeWanted(),
      round,
      drained,
    }
  }

  #takeWanted(): SenderVerdict['wanted'] {
    const first = this.#wantedThrough
    if (first - this.#cursorRecord > READ_AHEAD_RECORDS / 2) return null
    const through = Math.min(
      this.layout.recordCount,
      this.#windowRecords,
      this.#cursorRecord + READ_AHEAD_RECORDS,
    )
    if (through <= first) return null
    this.#wantedThrough = through
    return { first, count: through - first }
  }
}
