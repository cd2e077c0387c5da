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
import type { Address, Arrival } from '../udp/endpoint.ts'

/** Bursts of one session are at least this far apart, unless they grow large. */
const BURST_MS_MIN = 1
const BURST_DATAGRAMS_MAX = 64

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
    this.#pending = this.#pending.length === 0 ? [...datagrams] : this.#pending.concat(datagrams)
    this.#pendingFrom = this.#pendingFrom.length === 0 ? [...from] : this.#pendingFrom.concat(from)
    this.#pendingAtMs = atMs
    const dueMs = this.#lastBurstAtMs + BURST_MS_MIN
    if (atMs >= dueMs || this.#pending.length >= BURST_DATAGRAMS_MAX) this.#flush()
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
    if (burst === null) return
    if (carried(burst, 'digests') === undefined || burst.data.count === 0) {
      this.#bursts.next(burst)
      return
    }
    // What digests find out must be known before the blocks that arrived behind them are looked at.
    this.#bursts.next({ ...burst, data: { ...burst.data, count: 0 } })
    this.#bursts.next({ ...burst, controls: [], welcome: null, refused: null, hellos: 0 })
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
