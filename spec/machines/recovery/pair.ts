import { type Random, seededRandom } from '../../../adapters/simulation/random.ts'
import { DIGEST_BYTES, STATUS_DELAY_MS_MAX, WINDOW_RECORDS } from '../../../machines/limits.ts'
import type { Status } from '../../../machines/messages.ts'
import { blockCount } from '../../../machines/recovery/blocks.ts'
import { Inbound } from '../../../machines/recovery/inbound.ts'
import { Outbound } from '../../../machines/recovery/outbound.ts'
import type { ReceiverVerdict } from '../../../machines/recovery/receiver-verdict.ts'
import { SegmentColumns } from '../../../machines/recovery/segment-columns.ts'
import type { SenderVerdict } from '../../../machines/recovery/sender-verdict.ts'
import { burstOf, type Row } from './rows.ts'

/** What lies between the books of a sender and those of a receiver. */
export interface Path {
  readonly rttMs: number
  readonly rateBytesPerS: number
  readonly lossShare?: number
  readonly duplicateShare?: number
  /** Share of datagrams that come up to half a round trip late, so that others overtake them. */
  readonly lateShare?: number
  /** Share of complete records that do not open. */
  readonly spoiltShare?: number
  readonly windowRecords?: number
  readonly diskMs?: number
  readonly datagramBytes?: number
}

export interface Arrived {
  readonly outbound: Outbound
  readonly inbound: Inbound
  readonly tookMs: number
  /** How often each record was stored. */
  readonly stored: readonly number[]
  /** Bytes of slices that were sent. */
  readonly slicesBytes: number
}

interface Happening {
  readonly atMs: number
  readonly happen: (atMs: number) => void
}

const ROWS = 64
/** What a virtual event loop is late by; without it rounding could hold time still. */
const TICK_MS = 0.01

/**
 * Runs a sender's books against a receiver's, with a loop that jumps from one thing due to the
 * next. Throws when nothing is due before both are through, or when it takes too long.
 */
export class Pair {
  readonly #path: Path
  readonly #random: Random
  readonly #outbound: Outbound
  readonly #inbound: Inbound
  readonly #columns = new SegmentColumns(ROWS)
  readonly #happenings: Happening[] = []
  readonly #stored: number[] = []
  readonly #compared = new Set<number>()
  #finished = false
  #statuses = 0
  #slicesBytes = 0
  #nowMs = 0

  constructor(totalBytes: number, path: Path, seed: number) {
    this.#path = path
    this.#random = seededRandom(`pair/${seed}`)
    const windowRecords = path.windowRecords ?? WINDOW_RECORDS
    const { rttMs, rateBytesPerS } = path
    this.#outbound = new Outbound(
      {
        totalBytes,
        datagramBytes: path.datagramBytes ?? 1_200,
        peer: { windowRecords, socketBufferBytes: 1_000_000 },
        rttMs,
        atMs: 0,
      },
      {
        rateBytesPerS,
        inFlightBytesMax: (2 * rateBytesPerS * (rttMs + STATUS_DELAY_MS_MAX)) / 1_000,
        drainedBytes: 0,
        queuedRttMs: Infinity,
        lossShareMax: 1,
        noticedRttMs: Infinity,
        found: null,
      },
    )
    this.#inbound = new Inbound({ totalBytes, windowRecords, rttMs, atMs: 0 })
  }

  run(msMax: number): Arrived {
    this.#sender(this.#outbound.takePause())
    this.#receiver(this.#inbound.begin())
    while (!this.#finished) {
      const next = this.#next()
      if (next === null) throw new Error(`stalled at ${this.#nowMs} ms`)
      if (next.atMs > msMax) throw new Error(`not done by ${msMax} ms`)
      this.#nowMs = Math.max(this.#nowMs, next.atMs) + TICK_MS
      next.happen(this.#nowMs)
      this.#send()
    }
    return {
      outbound: this.#outbound,
      inbound: this.#inbound,
      tookMs: this.#nowMs,
      stored: this.#stored,
      slicesBytes: this.#slicesBytes,
    }
  }

  /** Takes out what is due first: on the way, on the disk, a timer, or the pacer. */
  #next(): Happening | null {
    const due: Happening[] = []
    const outbound = this.#outbound.deadline()
    if (outbound !== null) {
      due.push({ atMs: outbound.atMs, happen: (atMs) => this.#onTimeout(outbound.timer, atMs) })
    }
    const inbound = this.#inbound.deadline()
    if (inbound !== null) {
      const happen = () => this.#receiver(this.#inbound.takeTimeout(inbound.timer))
      due.push({ atMs: inbound.atMs, happen })
    }
    const bytes = this.#outbound.nextDatagramBytes
    if (bytes > 0) due.push({ atMs: this.#outbound.pacer.readyAtMs(bytes), happen: () => {} })
    const timer = due.reduce<Happening | null>((a, b) => (a && a.atMs <= b.atMs ? a : b), null)
    const first = this.#happenings[0]
    if (first === undefined || (timer !== null && timer.atMs < first.atMs)) return timer
    return this.#happenings.shift() ?? null
  }

  #later(afterMs: number, happen: (atMs: number) => void): void {
    const atMs = this.#nowMs + afterMs
    const at = this.#happenings.findIndex((other) => other.atMs > atMs)
    this.#happenings.splice(at === -1 ? this.#happenings.length : at, 0, { atMs, happen })
  }

  /** Takes something to the other side, if the path is kind. */
  #carry(happen: (atMs: number) => void): void {
    const { rttMs, lossShare = 0, duplicateShare = 0, lateShare = 0 } = this.#path
    const copies = this.#random() < duplicateShare ? 2 : 1
    for (let i = 0; i < copies; i += 1) {
      const lateMs = this.#random() < lateShare ? (this.#random() * rttMs) / 2 : 0
      if (this.#random() >= lossShare) this.#later(rttMs / 2 + lateMs, happen)
    }
  }

  #send(): void {
    const { pacer } = this.#outbound
    const budgetBytes = pacer.budgetBytes(this.#nowMs)
    const before = this.#outbound.inFlight.sentBytes
    const rows = this.#outbound.fill(this.#columns, ROWS, budgetBytes, this.#nowMs)
    if (rows === 0) return
    pacer.spend(this.#outbound.inFlight.sentBytes - before)
    for (let i = 0; i < rows; i += 1) {
      const row = {
        packetNumber: this.#columns.packetNumbers[i]!,
        record: this.#columns.records[i]!,
        offset: this.#columns.offsets[i]!,
        length: this.#columns.lengths[i]!,
      }
      this.#slicesBytes += row.length
      this.#carry((atMs) => this.#arrive([row], false, atMs))
    }
    this.#sender(this.#outbound.takePause())
  }

  #onTimeout(timer: 'loss' | 'probe' | 'statusDelay' | 'statusRepeat', atMs: number): void {
    this.#sender(this.#outbound.takeTimeout(timer, atMs))
    if (timer === 'probe') this.#carry((at) => this.#arrive([], true, at))
  }

  #arrive(rows: readonly Row[], asked: boolean, atMs: number): void {
    this.#receiver(this.#inbound.takeData(burstOf(rows), asked, atMs))
  }

  #sender(verdict: SenderVerdict): void {
    this.#finished = verdict.finished
    for (const record of verdict.digests) this.#carry(() => this.#compare(record))
    const { wanted } = verdict
    if (wanted === null) return
    this.#later(this.#path.diskMs ?? 0, () =>
      this.#sender(this.#outbound.takeSealed(wanted.first, wanted.count)),
    )
  }

  #receiver(verdict: ReceiverVerdict): void {
    for (const record of verdict.completed) this.#later(this.#path.diskMs ?? 0, this.#open(record))
    if (verdict.statusDue) this.#report(this.#inbound.status(verdict.complete, this.#nowMs))
  }

  #open(record: number) {
    return (atMs: number): void => {
      if (!this.#compared.has(record) && this.#random() < (this.#path.spoiltShare ?? 0)) {
        this.#receiver(this.#inbound.takeRejected([record]))
        return
      }
      this.#stored[record] = (this.#stored[record] ?? 0) + 1
      this.#receiver(this.#inbound.takeStored([record], atMs))
    }
  }

  /** Digests came; a block or two of the record turn out to differ. */
  #compare(record: number): void {
    const blocks = blockCount(this.#inbound.layout.sealedBytes(record))
    if (!this.#inbound.wantsDigests(record, blocks * DIGEST_BYTES)) return
    this.#compared.add(record)
    const bad = [0, Math.floor(this.#random() * blocks)]
    this.#receiver(this.#inbound.takeBlocksRejected(record, bad))
  }

  #report(status: Status): void {
    const numbered = { ...status, number: this.#statuses }
    this.#statuses += 1
    this.#carry((atMs) => this.#sender(this.#outbound.takeStatus(numbered, atMs)))
  }
}
