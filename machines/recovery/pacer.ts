import { BLUR_MS, catchUpMs } from './blur.ts'

/** Datagrams that may leave at once even at the lowest rate. */
const BURST_DATAGRAMS_MIN = 2

/** A token bucket: how many bytes may leave now, given a rate. Time is always handed in. */
export class Pacer {
  rateBytesPerS: number
  /** A full datagram, which has to fit the bucket at any rate. */
  datagramBytes: number
  /** How late a sender may come without losing any of its sending time. */
  catchUpMs = BLUR_MS
  #creditBytes: number
  #atMs: number

  constructor(rateBytesPerS: number, datagramBytes: number, atMs: number) {
    this.rateBytesPerS = rateBytesPerS
    this.datagramBytes = datagramBytes
    this.#creditBytes = BURST_DATAGRAMS_MIN * datagramBytes
    this.#atMs = atMs
  }

  /** A new rate, on a path whose shortest round trip takes `rttMinMs`. */
  take(rateBytesPerS: number, rttMinMs: number): void {
    this.rateBytesPerS = rateBytesPerS
    this.catchUpMs = catchUpMs(rttMinMs)
  }

  get #creditBytesMax(): number {
    const burstBytes = BURST_DATAGRAMS_MIN * this.datagramBytes
    return Math.max(burstBytes, (this.rateBytesPerS * this.catchUpMs) / 1000)
  }

  /** Bytes that may leave at `atMs`; may be negative after an overdraft. */
  budgetBytes(atMs: number): number {
    const earned = ((atMs - this.#atMs) * this.rateBytesPerS) / 1000
    this.#creditBytes = Math.min(this.#creditBytes + earned, this.#creditBytesMax)
    this.#atMs = atMs
    return this.#creditBytes
  }

  spend(bytes: number): void {
    this.#creditBytes -= bytes
  }

  /** When `bytes` will be within the budget, as of the last `budgetBytes`. */
  readyAtMs(bytes: number): number {
    return this.#atMs + (Math.max(0, bytes - this.#creditBytes) * 1000) / this.rateBytesPerS
  }
}
