import { merge, type Observable, Subject } from 'rxjs'
import {
  type AddressEvent,
  type BurstEvent,
  type CommandEvent,
  carried,
  type FileEvent,
  type SessionEvent,
  type TimeoutEvent,
  type TransferEvent,
  type UnreachableEvent,
} from '../../machines/events.ts'
import type { Deadline } from '../../machines/timers.ts'
import { SlabPool } from '../files/slab-pool.ts'
import type { Address, Arrival } from '../udp/endpoint.ts'
import { ownSlices } from '../wire/burst.ts'

/** Bursts of one session are at least this far apart, unless they grow large. */
const BURST_MS_MIN = 1
const BURST_DATAGRAMS_MAX = 64
/** Buffers as long as this hold many datagrams. */
const KEPT_BYTES_MIN = 8_192
/** Of all sessions, while they wait for more of their burst. */
const keptSlabs = new SlabPool(65_536, 2 * BURST_DATAGRAMS_MAX)

/**
 * The one stream of a session: bursts, timeouts, file results, user commands and what the sending
 * side reports, merged in the order in which they happen.
 */
export class SessionStream {
  readonly events$: Observable<SessionEvent>
  readonly #bursts = new Subject<BurstEvent>()
  readonly #timeouts = new Subject<TimeoutEvent>()
  readonly #files = new Subject<FileEvent>()
  readonly #commands = new Subject<CommandEvent>()
  readonly #transfer = new Subject<TransferEvent | UnreachableEvent>()
  readonly #addresses = new Subject<AddressEvent>()
  readonly #read: (arrival: Arrival) => BurstEvent | null
  #pending: Buffer[] = []
  #pendingFrom: Address[] = []
  #pendingAtMs = 0
  readonly #kept: Buffer[] = []
  #lastBurstAtMs = Number.NEGATIVE_INFINITY
  #burstTimer: ReturnType<typeof setTimeout> | null = null
  #deadline: Deadline | null = null
  #deadlineTimer: ReturnType<typeof setTimeout> | null = null
  #timerAtMs = 0
  #closed = false

  /** `read` opens what arrived; it is the session's wire. */
  constructor(read: (arrival: Arrival) => BurstEvent | null) {
    this.#read = read
    this.events$ = merge(
      this.#bursts,
      this.#timeouts,
      this.#files,
      this.#commands,
      this.#transfer,
      this.#addresses,
    )
  }

  /** Datagrams for this session; those that come close together make one burst. */
  arrive({ datagrams, from, atMs }: Arrival): void {
    if (this.#closed) return
    this.#pendingAtMs = atMs
    const isDue = atMs >= this.#lastBurstAtMs + BURST_MS_MIN
    const flushes = isDue || this.#pending.length + datagrams.length >= BURST_DATAGRAMS_MAX
    for (let row = 0; row < datagrams.length; row += 1) {
      this.#pending.push(flushes ? datagrams[row]! : this.#keep(datagrams[row]!))
      this.#pendingFrom.push(from[row]!)
    }
    if (flushes) this.#flush()
    else this.#burstTimer ??= setTimeout(this.#flush, BURST_MS_MIN)
  }

  /** Arms the one transport timer; null disarms it. It comes back as a `timeout` event. */
  arm(deadline: Deadline | null): void {
    this.#deadline = deadline
    if (deadline === null || this.#closed) return
    if (this.#deadlineTimer !== null) {
      // A timer that goes off early looks again; only one that would be late is replaced.
      if (this.#timerAtMs <= deadline.atMs) return
      clearTimeout(this.#deadlineTimer)
    }
    this.#setTimer(deadline.atMs)
  }

  file(event: FileEvent): void {
    if (!this.#closed) this.#files.next(event)
  }

  command(event: CommandEvent): void {
    if (!this.#closed) this.#commands.next(event)
  }

  transfer(event: TransferEvent | UnreachableEvent): void {
    if (!this.#closed) this.#transfer.next(event)
  }

  address(event: AddressEvent): void {
    if (!this.#closed) this.#addresses.next(event)
  }

  /** After this no event comes and no timer is left. */
  close(): void {
    this.#closed = true
    if (this.#burstTimer !== null) clearTimeout(this.#burstTimer)
    if (this.#deadlineTimer !== null) clearTimeout(this.#deadlineTimer)
    this.#burstTimer = null
    this.#deadlineTimer = null
  }

  readonly #flush = (): void => {
    if (this.#burstTimer !== null) clearTimeout(this.#burstTimer)
    this.#burstTimer = null
    const datagrams = this.#pending
    const from = this.#pendingFrom
    this.#pending = []
    this.#pendingFrom = []
    this.#lastBurstAtMs = this.#pendingAtMs
    const burst = this.#read({ datagrams, from, atMs: this.#pendingAtMs })
    this.#emit(burst)
    if (burst !== null) ownSlices(burst.data)
    for (const slab of this.#kept) keptSlabs.give(slab)
    this.#kept.length = 0
  }

  #emit(burst: BurstEvent | null): void {
    if (burst === null) return
    if (carried(burst, 'digests') === undefined || burst.data.count === 0) {
      this.#bursts.next(burst)
      return
    }
    // What digests find out must be known before the blocks that arrived behind them are looked at.
    this.#bursts.next({ ...burst, data: { ...burst.data, count: 0 } })
    this.#bursts.next({ ...burst, controls: [], welcome: null, refused: null, hellos: 0 })
  }

  /** A copy, for what is handed over is used again; in a slab where it would be garbage by the MB. */
  #keep(datagram: Buffer): Buffer {
    if (datagram.length < KEPT_BYTES_MIN) return Buffer.from(datagram)
    const slab = keptSlabs.take(datagram.length)
    this.#kept.push(slab)
    datagram.copy(slab)
    return slab
  }

  #setTimer(atMs: number): void {
    this.#timerAtMs = atMs
    const delayMs = Math.max(0, Math.ceil(atMs - performance.now()))
    this.#deadlineTimer = setTimeout(this.#onTimer, delayMs)
  }

  readonly #onTimer = (): void => {
    this.#deadlineTimer = null
    const deadline = this.#deadline
    if (deadline === null) return
    const atMs = performance.now()
    if (deadline.atMs > atMs) {
      this.#setTimer(deadline.atMs)
      return
    }
    this.#deadline = null
    this.#timeouts.next({ type: 'timeout', timer: deadline.timer, atMs })
  }
}
