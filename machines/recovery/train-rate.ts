import type { DeliveryRate } from './delivery-rate.ts'

/** A train is measured over this share of the shortest round trip, */
const SPAN_SHARE = 1 / 8
/** and never over less than this: timers and event loops blur arrivals by a millisecond or two. */
const SPAN_MS_MIN = 4
/** A train that took this much longer to arrive than to leave filled the bottleneck. */
const STRETCH = 1.25

/** How fast a run of packets that left close together got through. */
export interface Train {
  readonly rateBytesPerS: number
  /** It arrived slower than it left. */
  readonly stretched: boolean
}

/**
 * The rate at which short trains of packets arrive (packet dispersion). Where a delivery-rate sample
 * averages over a round trip, a train tells what the path carries within an eighth of one, and never
 * more than it was sent at.
 */
export class TrainRate {
  #sentAtMs = Number.NEGATIVE_INFINITY
  #arrivedAtMs = Number.NEGATIVE_INFINITY
  #deliveredBytes = 0
  #lostBytes = 0

  /**
   * Takes the newest packet of a report: when it left, when the report says that it arrived (on our
   * clock, half a round trip late). Null while the train is too short to tell.
   */
  sample(
    rate: DeliveryRate,
    sentAtMs: number,
    arrivedAtMs: number,
    rttMinMs: number,
  ): Train | null {
    const leavingMs = sentAtMs - this.#sentAtMs
    const arrivingMs = arrivedAtMs - this.#arrivedAtMs
    const spanMs = Math.max(leavingMs, arrivingMs)
    if (spanMs < Math.max(SPAN_MS_MIN, SPAN_SHARE * rttMinMs)) return null
    const { deliveredBytes, lostBytes } = rate
    const bytes = rate.carriedBytes(
      deliveredBytes - this.#deliveredBytes,
      lostBytes - this.#lostBytes,
    )
    this.#sentAtMs = sentAtMs
    this.#arrivedAtMs = arrivedAtMs
    this.#deliveredBytes = deliveredBytes
    this.#lostBytes = lostBytes
    return {
      rateBytesPerS: (bytes * 1000) / spanMs,
      stretched: arrivingMs > STRETCH * leavingMs,
    }
  }
}
