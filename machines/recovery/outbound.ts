import { DATA_HEADER_BYTES, DATAGRAM_BYTES_MIN, WINDOW_RECORDS } from '../limits.ts'
import type { Status } from '../messages.ts'
import type { Deadline } from '../timers.ts'
import { Crossings } from './crossings.ts'
import { FreshSegments } from './fresh-segments.ts'
import { InFlight } from './in-flight.ts'
import type { KnownPath } from './known-path.ts'
import type { Layout } from './layout.ts'
import { isWorthRepeating } from './loss.ts'
import { layoutOf, type OutboundInput } from './outbound-input.ts'
import type { Pace } from './pace.ts'
import { Pacer } from './pacer.ts'
import { PROBE_DATAGRAMS, ProbeTimer } from './probe-timer.ts'
import { RangeSet } from './ranges.ts'
import { Repair } from './repair.ts'
import type { RoundSample } from './round.ts'
import { RttEstimator } from './rtt.ts'
import type { SegmentColumns } from './segment-columns.ts'
import { SegmentQueue } from './segment-queue.ts'
import type { Limit, SenderVerdict } from './sender-verdict.ts'
import { SizeWatch } from './size-watch.ts'
import { type Withdrawal, Withdrawals } from './withdrawals.ts'

/** The sender's books: which slice goes next, what is under way, and when to look again. */
export class Outbound {
  readonly layout: Layout
  readonly inFlight: InFlight
  readonly sizes: SizeWatch
  readonly pacer: Pacer
  readonly withdrawals: Withdrawals
  readonly #opened = new RangeSet()
  readonly #fresh: FreshSegments
  readonly #resend = new SegmentQueue()
  readonly #repair: Repair
  #windowRecords: number
  #pace: Pace
  readonly #crossings: Crossings
  readonly #startedAtMs: number
  #newestStatus = -1
  readonly #probe: ProbeTimer
  /** Datagrams that may still leave beyond the congestion window. */
  #probeDatagrams = 0

  constructor(input: OutboundInput, pace: Pace) {
    this.layout = layoutOf(input)
    this.withdrawals = new Withdrawals(this.layout)
    this.sizes = new SizeWatch(input.datagramBytes)
    this.inFlight = new InFlight(new RttEstimator(input.rttMs), this.sizes, input.atMs)
    this.pacer = new Pacer(pace.rateBytesPerS, input.datagramBytes, input.atMs)
    this.#fresh = new FreshSegments(this.layout, pace)
    const isPending = (record: number) => record < this.#fresh.record && !this.#opened.has(record)
    this.#repair = new Repair(this.layout, this.#resend, this.inFlight, isPending)
    this.#pace = pace
    this.#crossings = new Crossings(pace)
    this.#startedAtMs = input.atMs
    // A receiver that has not read the manifest takes nothing beyond it.
    this.#windowRecords = Math.min(input.peer.windowRecords, this.layout.firstRecord(1))
    this.#probe = new ProbeTimer(input.atMs, input.provesAddress ?? false)
    this.#opened.addAll(input.opened ?? [], this.layout.recordCount)
    this.#fresh.skip(this.#opened)
    this.#openWindow()
  }

  /** How many records are done, counting from the first without a gap. */
  get doneRecords(): number {
    return this.#opened.prefix
  }

  get doneBytes(): number {
    return this.layout.bytesOf(this.#opened)
  }

  /** What it found out of the path; null while it searches. */
  get found(): KnownPath | null {
    return this.#pace.found
  }

  isOpened(record: number): boolean {
    return this.#opened.has(record)
  }

  takePace(pace: Pace): SenderVerdict {
    this.#pace = pace
    this.#fresh.takePace(pace)
    this.pacer.take(pace.rateBytesPerS, this.inFlight.rtt.minMs)
    this.#crossings.await(pace)
    this.inFlight.ownLossMax = pace.lossShareMax
    return this.#verdict(null)
  }

  /** The path is another one, with `rttMs` to begin with; does what is under way arrive? */
  takeMove(pace: Pace, rttMs: number, atMs: number, arrives: boolean): SenderVerdict {
    if (!arrives) this.inFlight.abandon(this.#resendSlice)
    this.inFlight.restart(rttMs, atMs)
    this.#probe.onHeard(true, atMs)
    return this.takePace(pace)
  }

  /** From now on datagrams are this large; what is sent again is cut anew. */
  takeSize(datagramBytes: number): SenderVerdict {
    this.sizes.datagramBytes = datagramBytes
    this.pacer.datagramBytes = datagramBytes
    return this.#verdict(null)
  }

  /** One data datagram is to be this large, as soon as there is enough to fill it. */
  takeSizeProbe(datagramBytes: number): SenderVerdict {
    this.sizes.probeBytes = datagramBytes
    this.pacer.datagramBytes = datagramBytes
    return this.#verdict(null)
  }

  takeSealed(first: number, count: number): SenderVerdict {
    this.#fresh.seal(first + count)
    return this.#verdict(null)
  }

  /** An entry cannot be sent: it counts as opened, and the receiver is to be told. */
  takeWithdrawal(withdrawal: Withdrawal): SenderVerdict {
    const { first, last } = this.withdrawals.add(withdrawal)
    this.#opened.add(first, last)
    return this.#verdict(null)
  }

  /** Takes a status (PROTOCOL "Status"); an older one than the newest seen changes nothing. */
  takeStatus(status: Status & { readonly number: number }, atMs: number): SenderVerdict {
    if (status.number <= this.#newestStatus) return this.#verdict(null)
    this.#newestStatus = status.number
    this.inFlight.rtt.bound(atMs - this.#startedAtMs)
    const { deliveredBytes, round, ...trains } = this.#repeatingTail(() =>
      this.inFlight.acknowledge(status.packets, status.delayMs, atMs, this.#resendSlice),
    )
    const isNews = this.#opened.addAll(status.opened, this.layout.recordCount)
    this.withdrawals.takeOpened(status.opened)
    this.#windowRecords = Math.max(this.#windowRecords, status.windowRecords)
    this.#openWindow()
    const isIdle = this.inFlight.bytes === 0 && this.#resend.isEmpty
    this.#repair.takeMissing(status.missing, isIdle)
    const digests = this.#repair.takeRejected(status.rejected, this.inFlight.rtt, atMs)
    this.#probe.onHeard(isNews || deliveredBytes > 0 || this.inFlight.bytes === 0, atMs)
    return { ...this.#verdict(round), digests, ...trains }
  }

  /** Something else was heard: the peer lives. */
  takeSignOfLife(atMs: number): SenderVerdict {
    this.inFlight.rtt.bound(atMs - this.#startedAtMs)
    this.#probe.onHeard(this.inFlight.bytes === 0, atMs)
    return this.#verdict(null)
  }

  takeTimeout(timer: Deadline['timer'], atMs: number): SenderVerdict {
    if (timer === 'loss') {
      this.#repeatingTail(() => this.inFlight.detectLost(atMs, this.#resendSlice))
    } else if (timer === 'probe') {
      this.#probe.onProbed(atMs)
      if (this.#probe.isProving) return this.#verdict(null)
      this.sizes.onProbeTimeout(this.#probe.inARow)
      if (this.inFlight.bytes > 0) this.#probeDatagrams = PROBE_DATAGRAMS
      const isFresh = this.#source === this.#fresh
      const isNeedless =
        isFresh && this.inFlight.offerOldest(PROBE_DATAGRAMS, this.#resendSlice) === 0
      // While it counts as under way, what is missing would not be sent again.
      if (isNeedless && this.#fresh.length === 0) this.inFlight.abandon(this.#resendSlice)
    }
    return this.#verdict(null)
  }

  /** Nothing is new but that the sender may act: at the start, or as the pacing loop stopped. */
  readonly takePause = (): SenderVerdict => this.#verdict(null)

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
   * sent and fills the columns. Returns how many: all of one size but the last, which may be shorter.
   */
  fill(columns: SegmentColumns, rowsMax: number, budgetBytes: number, atMs: number): number {
    let rows = 0
    const untilBytes = this.inFlight.sentBytes + budgetBytes
    while (rows < rowsMax) {
      const source = this.#source
      const length = Math.min(this.#sliceBytes, source.length)
      const bytes = length + DATA_HEADER_BYTES
      if (this.inFlight.sentBytes + bytes > untilBytes || !this.#mayLeave(bytes)) break
      if (length === 0 || (rows > 0 && length > columns.lengths[0]!)) break
      const { record, offset } = source
      columns.records[rows] = record
      columns.offsets[rows] = offset
      columns.lengths[rows] = length
      const packetNumber = this.inFlight.onSent(record, offset, length, atMs)
      columns.packetNumbers[rows] = packetNumber
      this.sizes.onSent(packetNumber, bytes)
      source.take(length)
      if (this.#probeDatagrams > 0) this.#probeDatagrams -= 1
      rows += 1
      if (length < columns.lengths[0]!) break
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

  /** Where nothing is left to send but what was lost, that may leave twice. */
  #repeatingTail<Found>(detect: () => Found): Found {
    const waiting = this.#resend.size
    const found = detect()
    const isTail = this.#fresh.record >= this.layout.recordCount
    if (isTail && isWorthRepeating(this.inFlight)) this.#resend.repeat(waiting)
    return found
  }

  get #isFinished(): boolean {
    return this.#opened.prefix === this.layout.recordCount && this.withdrawals.isEmpty
  }

  /**
   * A probe for a larger datagram carries new data and waits for an acknowledgement: short files
   * meet none. After a probe timeout datagrams are small: large ones may be what does not arrive.
   */
  get #sliceBytes(): number {
    const { datagramBytes, probeBytes } = this.sizes
    if (this.#probeDatagrams > 0) return DATAGRAM_BYTES_MIN - DATA_HEADER_BYTES
    const mayProbe = probeBytes > 0 && this.inFlight.deliveredBytes > 0 && this.#resend.isEmpty
    const isEnough = this.#fresh.length + DATA_HEADER_BYTES >= probeBytes
    return (mayProbe && isEnough ? probeBytes : datagramBytes) - DATA_HEADER_BYTES
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

  /** Sealed records are kept until they are opened: whatever is granted, as many as we would grant. */
  #openWindow(): void {
    this.#fresh.windowEnd = Math.min(this.#windowRecords, this.#opened.prefix + WINDOW_RECORDS)
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
    return {
      limit,
      finished: this.#isFinished,
      probing: this.#probe.inARow > 0,
      wanted: this.#fresh.takeWanted(this.#opened),
      round,
      digests: [],
      crossing: this.#crossings.take(this.inFlight, this.#probe.inARow),
      grownBytesPerS: null,
      filledBytesPerS: null,
      size: this.sizes.takeNews(),
    }
  }
}
