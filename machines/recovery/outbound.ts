import { DATA_HEADER_BYTES, WINDOW_RECORDS } from '../limits.ts'
import type { FlatRanges, Introduction, Status } from '../messages.ts'
import type { Deadline } from '../timers.ts'
import { FreshSegments } from './fresh-segments.ts'
import { InFlight, type RoundSample } from './in-flight.ts'
import { Layout } from './layout.ts'
import { Pacer } from './pacer.ts'
import { ProbeTimer } from './probe-timer.ts'
import { RangeSet } from './ranges.ts'
import { Repair } from './repair.ts'
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
  /** Rejected records whose digests to send now. */
  readonly digests: readonly number[]
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
  /** Records that are there already and need not be sent. */
  readonly opened?: FlatRanges
  readonly rttMs: number
  readonly atMs: number
}

/** The sender's books: which slice goes next, what is under way, and when to look again. */
export class Outbound {
  readonly layout: Layout
  readonly inFlight: InFlight
  readonly pacer: Pacer
  readonly #opened = new RangeSet()
  readonly #fresh: FreshSegments
  readonly #resend = new SegmentQueue()
  readonly #repair: Repair
  readonly #sliceBytes: number
  #windowRecords: number
  #pace: Pace
  #awaitsDrain = false
  #newestStatus = -1
  readonly #probe: ProbeTimer
  /** Datagrams that may still leave beyond the congestion window. */
  #probeDatagrams = 0

  constructor(input: OutboundInput, pace: Pace) {
    this.layout = new Layout(input.totalBytes)
    this.inFlight = new InFlight(new RttEstimator(input.rttMs), input.atMs)
    this.pacer = new Pacer(pace.rateBytesPerS, input.datagramBytes, input.atMs)
    this.#fresh = new FreshSegments(this.layout)
    const isPending = (record: number) => record < this.#fresh.record && !this.#opened.has(record)
    this.#repair = new Repair(this.layout, this.#resend, isPending)
    this.#pace = pace
    this.#sliceBytes = input.datagramBytes - DATA_HEADER_BYTES
    this.#windowRecords = input.peer.windowRecords
    this.#probe = new ProbeTimer(input.atMs)
    this.#opened.addAll(input.opened ?? [], this.layout.recordCount)
    this.#fresh.skip(this.#opened)
    this.#openWindow()
  }

  get doneBytes(): number {
    return this.layout.bytesOf(this.#opened)
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
    this.#fresh.seal(first + count)
    return this.#verdict(null)
  }

  /** Takes a status (PROTOCOL "Status"); an older one than the newest seen changes nothing. */
  takeStatus(status: Status & { readonly number: number }, atMs: number): SenderVerdict {
    if (status.number <= this.#newestStatus) return this.#verdict(null)
    this.#newestStatus = status.number
    const { deliveredBytes, round } = this.inFlight.acknowledge(
      status.packets,
      status.delayMs,
      atMs,
      this.#resendSlice,
    )
    let progress = deliveredBytes > 0
    if (this.#opened.addAll(status.opened, this.layout.recordCount)) progress = true
    this.#windowRecords = Math.max(this.#windowRecords, status.windowRecords)
    this.#openWindow()
    const isIdle = this.inFlight.bytes === 0 && this.#resend.isEmpty
    this.#repair.takeMissing(status.missing, isIdle)
    const digests = this.#repair.takeRejected(status.rejected, this.inFlight.rtt, atMs)
    this.#answered(progress, atMs)
    return { ...this.#verdict(round), digests }
  }

  /** Something else was heard: the peer lives. */
  takeSignOfLife(atMs: number): SenderVerdict {
    this.#answered(false, atMs)
    return this.#verdict(null)
  }

  takeTimeout(timer: Deadline['timer'], atMs: number): SenderVerdict {
    if (timer === 'loss') {
      this.inFlight.detectLost(atMs, this.#resendSlice)
    } else if (timer === 'probe') {
      this.#probe.onProbed(atMs)
      if (this.inFlight.bytes > 0) this.#probeDatagrams = PROBE_DATAGRAMS
      if (this.#source === this.#fresh)
        this.inFlight.offerOldest(PROBE_DATAGRAMS, this.#resendSlice)
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
    return { timer: 'probe', atMs: this.#probe.dueAtMs(this.inFlight.rtt) }
  }

  /**
   * Chooses datagrams to send now, at most `rowsMax` and within `budgetBytes` in all, notes them as
   * sent and fills the columns. Returns how many.
   */
  fill(columns: SegmentColumns, rowsMax: number, budgetBytes: number, atMs: number): number {
    let rows = 0
    let left = budgetBytes
    while (rows < rowsMax) {
      const source = this.#source
      const length = Math.min(this.#sliceBytes, source.length)
      const bytes = length + DATA_HEADER_BYTES
      if (length === 0 || bytes > left || !this.#mayLeave(bytes)) break
      const { record, offset } = source
      columns.records[rows] = record
      columns.offsets[rows] = offset
      columns.lengths[rows] = length
      columns.packetNumbers[rows] = this.inFlight.onSent(record, offset, length, atMs)
      source.take(length)
      if (this.#probeDatagrams > 0) this.#probeDatagrams -= 1
      left -= bytes
      rows += 1
    }
    if (rows > 0) this.#probe.onSent(atMs)
    return rows
  }

  /** Bytes of the next datagram, header included; 0 when there is none to send. */
  get nextDatagramBytes(): number {
    const length = Math.min(this.#sliceBytes, this.#source.length)
    const bytes = length + DATA_HEADER_BYTES
    return length > 0 && this.#mayLeave(bytes) ? bytes : 0
  }

  /** Returns whether the slice is still needed, and so will be sent again. */
  readonly #resendSlice = (record: number, offset: number, length: number): boolean => {
    if (this.#opened.has(record)) return false
    this.#resend.push(record, offset, length)
    return true
  }

  get #isFinished(): boolean {
    return this.#opened.prefix === this.layout.recordCount
  }

  /** Where the next slice comes from: what was lost goes ahead of what is new. */
  get #source(): SegmentQueue | FreshSegments {
    while (!this.#resend.isEmpty && this.#opened.has(this.#resend.record)) {
      this.#resend.take(this.#resend.length)
    }
    if (!this.#resend.isEmpty) return this.#resend
    this.#fresh.skip(this.#opened)
    return this.#fresh
  }

  /** One datagram may always be under way, however large it is and small the window. */
  #fits(bytes: number): boolean {
    const inFlightBytes = this.inFlight.bytes
    return inFlightBytes === 0 || inFlightBytes + bytes <= this.#pace.inFlightBytesMax
  }

  #mayLeave(bytes: number): boolean {
    return this.#probeDatagrams > 0 || this.#fits(bytes)
  }

  /**
   * Sealed records are kept until they are opened, so whatever window the peer grants, no more are
   * sealed than it would take to fill our own.
   */
  #openWindow(): void {
    const kept = this.#opened.prefix + WINDOW_RECORDS
    this.#fresh.windowEnd = Math.min(this.#windowRecords, kept)
  }

  /**
   * The peer was heard. With bytes under way only progress puts the next probe off: a receiver that
   * misses the last datagrams repeats its status more often than a long path's probe timeout.
   */
  #answered(progress: boolean, atMs: number): void {
    if (progress || this.inFlight.bytes === 0) this.#probe.onAnswered(atMs)
  }

  #limit(): Limit {
    const length = Math.min(this.#sliceBytes, this.#source.length)
    if (length > 0) return this.#fits(length + DATA_HEADER_BYTES) ? 'pacing' : 'congestion'
    if (this.#fresh.record >= this.layout.recordCount) return 'drained'
    return this.#fresh.record >= this.#fresh.windowEnd ? 'receiver' : 'disk'
  }

  #verdict(round: RoundSample | null): SenderVerdict {
    const limit = this.#limit()
    if (limit !== 'congestion' && limit !== 'pacing') this.inFlight.markAppLimited()
    const drained = this.#awaitsDrain && this.inFlight.bytes <= this.#pace.drainedBytes
    if (drained) this.#awaitsDrain = false
    return {
      limit,
      finished: this.#isFinished,
      probing: this.#probe.inARow > 0,
      wanted: this.#fresh.takeWanted(this.#opened),
      round,
      digests: [],
      drained,
    }
  }
}
