import type { DeliveryRate } from './delivery-rate.ts'
import type { RttEstimator } from './rtt.ts'
import type { Train } from './train-rate.ts'

/** Rounds are no shorter, so that a loopback's thousands of round trips a second stay cheap. */
const ROUND_MS_MIN = 5
/** A train this much faster than the last one told is told at once. */
const GROWTH = 1.1

/** What one round trip of sending showed; all the congestion statechart ever sees of the path. */
export interface RoundSample {
  readonly atMs: number
  /** The highest rate at which the path carried, or 0 when nothing told. */
  readonly rateBytesPerS: number
  /** The fastest of its trains, or 0 when nothing told. */
  readonly trainBytesPerS: number
  /** Whether that rate was held down by a lack of things to send. */
  readonly appLimited: boolean
  readonly rttMinMs: number
  readonly rttMs: number
  /** How long the peer waits before it reports. */
  readonly peerDelayMs: number
  readonly deliveredBytes: number
  readonly lostBytes: number
  readonly inFlightBytes: number
}

/** The round trip under way: it is over once a packet that left after its beginning arrived. */
export class Round {
  /** Rounds that are over. */
  count = 0
  /** Found lost since the round began. */
  lostBytes = 0
  readonly #rate: DeliveryRate
  #startedAtMs: number
  #startedAtBytes = 0
  #bytesPerS = 0
  #appLimited = false
  #trainBytesPerS = 0
  #toldBytesPerS = 0
  #rttMinMs = Number.POSITIVE_INFINITY

  constructor(rate: DeliveryRate, atMs: number) {
    this.#rate = rate
    this.#startedAtMs = atMs
  }

  get deliveredBytes(): number {
    return this.#rate.deliveredBytes - this.#startedAtBytes
  }

  /** Takes what a report showed: of the round trip, and at which rate the path carried. */
  take(rttMs: number, bytesPerS: number | null, appLimited: boolean): void {
    this.#rttMinMs = Math.min(this.#rttMinMs, rttMs)
    if (bytesPerS === null || bytesPerS <= this.#bytesPerS) return
    this.#bytesPerS = bytesPerS
    this.#appLimited = appLimited
  }

  /** Returns the rate of a train when it is well above all that were told. */
  takeTrain({ rateBytesPerS }: Train): number | null {
    this.#trainBytesPerS = Math.max(this.#trainBytesPerS, rateBytesPerS)
    if (rateBytesPerS <= GROWTH * this.#toldBytesPerS) return null
    this.#toldBytesPerS = rateBytesPerS
    return rateBytesPerS
  }

  /** `deliveredBytes`: what was delivered when the newest packet to arrive had left. */
  isOver(deliveredBytes: number, atMs: number): boolean {
    if (deliveredBytes < this.#startedAtBytes) return false
    return this.#startedAtBytes === 0 || atMs - this.#startedAtMs >= ROUND_MS_MIN
  }

  /** Tells of the round, and begins the next. */
  end(rtt: RttEstimator, inFlightBytes: number, atMs: number): RoundSample {
    const sample: RoundSample = {
      atMs,
      rateBytesPerS: this.#bytesPerS,
      trainBytesPerS: this.#trainBytesPerS,
      appLimited: this.#appLimited,
      rttMinMs: this.#rttMinMs,
      rttMs: rtt.smoothedMs,
      peerDelayMs: rtt.peerDelayMs,
      deliveredBytes: this.deliveredBytes,
      lostBytes: this.lostBytes,
      inFlightBytes,
    }
    this.begin(atMs)
    return sample
  }

  begin(atMs: number): void {
    this.count += 1
    this.lostBytes = 0
    this.#startedAtMs = atMs
    this.#startedAtBytes = this.#rate.deliveredBytes
    this.#bytesPerS = 0
    this.#appLimited = false
    this.#toldBytesPerS = this.#trainBytesPerS
    this.#trainBytesPerS = 0
    this.#rttMinMs = Number.POSITIVE_INFINITY
  }

  /** What trains showed was of another path. */
  forgetTrains(): void {
    this.#toldBytesPerS = 0
  }
}
