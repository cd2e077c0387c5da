import type { KnownPath } from './known-path.ts'
import { ownLossShareMax } from './own-loss.ts'
import {
  bdpBytes,
  IN_FLIGHT_BYTES_MIN,
  isContested,
  isEntrenched,
  noticedRttMs,
  type PathModel,
  queuedRttMs,
} from './path-model.ts'
import { PEER_DELAY_MS_MIN } from './status-delay.ts'
import { steering } from './steering.ts'

/** A path this short can overrun the peer's socket buffer before any report comes back. */
const SHORT_PATH_MS = 10
const RATE_BYTES_PER_S_MIN = 10_000

/** What congestion control allows, and what it waits to be told of. */
export interface Pace {
  readonly rateBytesPerS: number
  readonly inFlightBytesMax: number
  /** Tell when bytes in flight fall to this; 0 when that is of no interest. */
  readonly drainedBytes: number
  /** Tell when a round trip takes longer; infinite when that is of no interest. */
  readonly queuedRttMs: number
  /** Tell when a round loses more than this share while round trips take longer than that. */
  readonly lossShareMax: number
  readonly noticedRttMs: number
  /** What the search for the rate came to; null while it goes on. */
  readonly found: KnownPath | null
}

/** How a state sends in relation to what the model says the path carries. */
export interface Gains {
  readonly rate: number
  readonly inFlight: number
  /** Whether the rate follows the queue, to keep a short one standing. */
  readonly steers?: boolean
  /** Whether a queue that others keep standing counts into what fills the path. */
  readonly contends?: boolean
}

/** Bounds that do not come from the path. */
export interface PaceBounds {
  readonly rateBytesPerSMax: number
  /** What the peer's socket really holds. */
  readonly socketBufferBytes: number
}

/** `awaited`: what to be told of, beside an overflow. */
export function paceOf(
  model: PathModel,
  gains: Gains,
  bounds: PaceBounds,
  awaited: 'drained' | 'queued' | null,
): Omit<Pace, 'found'> {
  const steer = gains.steers ? steeringOf(model) : 1
  const rate = Math.max(model.bandwidthBytesPerS * gains.rate * steer, RATE_BYTES_PER_S_MIN)
  // Who fills a contested path only as far as it would carry without a queue is crowded out of it.
  const contends = gains.contends && isContested(model)
  // A train fills the queue with whatever it may send beyond the path.
  const lateMsMax = Math.max(PEER_DELAY_MS_MIN, model.rttMinMs / gains.rate)
  const heldMs = Math.min(model.peerDelayMs, lateMsMax) + (contends ? model.queueMs : 0)
  const heldBytes = (model.bandwidthBytesPerS * heldMs) / 1000
  const inFlight = Math.max((bdpBytes(model) + heldBytes) * gains.inFlight, IN_FLIGHT_BYTES_MIN)
  const short = model.rttMinMs < SHORT_PATH_MS
  const inFlightMax = short ? Math.max(bounds.socketBufferBytes / 2, IN_FLIGHT_BYTES_MIN) : Infinity
  return {
    rateBytesPerS: Math.min(rate, bounds.rateBytesPerSMax),
    inFlightBytesMax: Math.min(inFlight, inFlightMax),
    drainedBytes: awaited === 'drained' ? Math.max(bdpBytes(model), IN_FLIGHT_BYTES_MIN / 2) : 0,
    queuedRttMs: awaited === 'queued' && !contends ? queuedRttMs(model) : Number.POSITIVE_INFINITY,
    lossShareMax: ownLossShareMax(model.ownLoss),
    noticedRttMs: noticedRttMs(model.rttMinMs),
  }
}

/**
 * In a queue that others keep standing for good it presses as where there is none, to come to its
 * share. Where the least under way is more than fills the path, that would crowd its like out.
 */
function steeringOf(model: PathModel): number {
  const { queueMs, rttMinMs, bandwidthBytesPerS } = model
  if (!isContested(model)) return steering(queueMs, rttMinMs, bandwidthBytesPerS)
  const presses = isEntrenched(model) && bdpBytes(model) > IN_FLIGHT_BYTES_MIN
  return presses ? steering(0, rttMinMs, bandwidthBytesPerS) : 1
}
