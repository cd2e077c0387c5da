import type { Outbound } from '../../machines/recovery/outbound.ts'
import { SegmentColumns } from '../../machines/recovery/segment-columns.ts'

/** Datagrams written in one go before the event loop gets its turn. */
const ROWS_MAX = 64
/** Bytes worth waking up for at high rates, and at most sent at once. */
const QUANTUM_BYTES_MAX = 24_000
const QUANTUM_MS = 1
/** Filled and written within one turn, so that all loops share them. */
const columns = new SegmentColumns(ROWS_MAX)

/** What a pacing loop needs of the world. */
export interface PacingPorts {
  /** Writes and sends rows 0 ≤ i < count of the columns. */
  write(columns: SegmentColumns, count: number): void
  /** Bytes that may be sent to the peer's address at all just now. */
  allowanceBytes(): number
  defer(callback: () => void): void
  /** Nothing more may be sent until somebody kicks the loop again. */
  onPause(atMs: number): void
}

/**
 * Sends what the books of a sender allow, when the pacer allows it. It runs from a kick until there
 * is nothing left to send, and yields to the event loop between quanta.
 */
export class PacingLoop {
  readonly #outbound: Outbound
  readonly #ports: PacingPorts
  #timer: ReturnType<typeof setTimeout> | null = null
  #waiting = false
  #stopped = false
  #sentSincePause = false

  constructor(outbound: Outbound, ports: PacingPorts) {
    this.#outbound = outbound
    this.#ports = ports
  }

  kick(): void {
    if (!this.#waiting && !this.#stopped) this.#run()
  }

  stop(): void {
    this.#stopped = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }

  readonly #run = (): void => {
    this.#waiting = false
    this.#timer = null
    if (this.#stopped) return
    const { pacer } = this.#outbound
    const atMs = performance.now()
    const budget = Math.min(pacer.budgetBytes(atMs), this.#ports.allowanceBytes())
    const before = this.#outbound.inFlight.sentBytes
    const count = this.#outbound.fill(columns, ROWS_MAX, budget, atMs)
    if (count > 0) {
      pacer.spend(this.#outbound.inFlight.sentBytes - before)
      this.#ports.write(columns, count)
      this.#sentSincePause = true
    }
    const nextBytes = this.#outbound.nextDatagramBytes
    if (nextBytes === 0 || nextBytes > this.#ports.allowanceBytes()) this.#pause(atMs)
    else this.#wait(nextBytes, atMs)
  }

  #wait(nextBytes: number, atMs: number): void {
    const { pacer } = this.#outbound
    const quantum = Math.min((pacer.rateBytesPerS * QUANTUM_MS) / 1000, QUANTUM_BYTES_MAX)
    const delayMs = pacer.readyAtMs(Math.max(nextBytes, quantum)) - atMs
    this.#waiting = true
    if (delayMs < QUANTUM_MS * 0.8) this.#ports.defer(this.#run)
    else this.#timer = setTimeout(this.#run, Math.max(1, Math.floor(delayMs)))
  }

  #pause(atMs: number): void {
    if (!this.#sentSincePause) return
    this.#sentSincePause = false
    this.#ports.onPause(atMs)
  }
}
