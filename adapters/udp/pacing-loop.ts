import { DATAGRAM_BYTES_MAX } from '../../machines/limits.ts'
import type { Outbound } from '../../machines/recovery/outbound.ts'
import { SegmentColumns } from '../../machines/recovery/segment-columns.ts'

/** Datagrams, and bytes of them, that leave in one send: what the kernel can cut at most. */
const ROWS_MAX = 64
export const SEND_BYTES_MAX = DATAGRAM_BYTES_MAX
/** Sends before the event loop gets its turn. */
const SENDS_MAX = 16
/** What is worth waking up for: as much as may leave in this time. No timer is finer. */
const QUANTUM_MS = 1

/** What a pacing loop needs of the world. */
export interface PacingPorts {
  /** Writes rows 0 ≤ i < count of the columns and sends them: of one size, the last may be shorter. */
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
  readonly #columns = new SegmentColumns(ROWS_MAX)
  #timer: ReturnType<typeof setTimeout> | null = null
  #waiting = false
  #dueAtMs = 0
  #stopped = false
  #sentSincePause = false

  constructor(outbound: Outbound, ports: PacingPorts) {
    this.#outbound = outbound
    this.#ports = ports
  }

  kick(): void {
    if (!this.#waiting && !this.#stopped) this.#run(performance.now())
  }

  stop(): void {
    this.#stopped = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }

  readonly #onTurn = (): void => {
    this.#waiting = false
    this.#timer = null
    if (this.#stopped) return
    const atMs = performance.now()
    const { inFlight, pacer } = this.#outbound
    // What it can no longer catch up on was not sent: how fast the rest arrives tells nothing.
    if (atMs > this.#dueAtMs + pacer.catchUpMs) inFlight.markAppLimited()
    this.#run(atMs)
  }

  #run(atMs: number): void {
    const { pacer } = this.#outbound
    this.#send(Math.min(pacer.budgetBytes(atMs), this.#ports.allowanceBytes()), atMs)
    const nextBytes = this.#outbound.nextDatagramBytes
    if (nextBytes === 0 || nextBytes > this.#ports.allowanceBytes()) this.#pause(atMs)
    else this.#wait(nextBytes, atMs)
  }

  #send(budgetBytes: number, atMs: number): void {
    const { pacer, inFlight } = this.#outbound
    const untilBytes = inFlight.sentBytes + budgetBytes
    for (let sends = 0; sends < SENDS_MAX; sends += 1) {
      const before = inFlight.sentBytes
      const sendBytes = Math.min(untilBytes - before, SEND_BYTES_MAX)
      const count = this.#outbound.fill(this.#columns, ROWS_MAX, sendBytes, atMs)
      if (count === 0) return
      pacer.spend(inFlight.sentBytes - before)
      this.#ports.write(this.#columns, count)
      this.#sentSincePause = true
    }
  }

  #wait(nextBytes: number, atMs: number): void {
    const { pacer } = this.#outbound
    const quantum = (pacer.rateBytesPerS * QUANTUM_MS) / 1000
    const delayMs = pacer.readyAtMs(Math.max(nextBytes, quantum)) - atMs
    this.#waiting = true
    this.#dueAtMs = atMs + Math.max(1, delayMs)
    if (delayMs < QUANTUM_MS * 0.8) this.#ports.defer(this.#onTurn)
    else this.#timer = setTimeout(this.#onTurn, Math.max(1, Math.floor(delayMs)))
  }

  #pause(atMs: number): void {
    if (!this.#sentSincePause) return
    this.#sentSincePause = false
    this.#ports.onPause(atMs)
  }
}
