import { DATAGRAM_BYTES_MIN } from '../limits.ts'
import { BLUR_MS, blurMs } from './blur.ts'
import type { RoundSample } from './in-flight.ts'
import type { Pace } from './pace.ts'

/** Rounds over which the highest delivery rate counts as the path's bandwidth. */
const BANDWIDTH_ROUNDS = 10
/** The same while a queue stands: then each round shows what the path carries now. */
const QUEUED_ROUNDS = 2
/** A round trip within this factor of the shortest saw no queue, so its losses were not ours. */
const UNQUEUED_RTT_FACTOR = 1.1
/**
 * A path's own losses take from what arrives; those of a queue too short to show in the round trip
 * do not, for it overflows by what is sent beyond the bandwidth. A round that delivered at least
 * this share of the bandwidth may have overflowed such a queue.
 */
const UNHURT_SHARE = 0.95
/** A round this much faster than all before it shows that they did not fill the path. */
const GROWTH = 1.1
/** Weight of one unqueued round in the base loss, once there were a few. */
const BASE_LOSS_WEIGHT = 0.25
/** Base loss believed at most: a path that loses more is throttled, not chased. */
const BASE_LOSS_MAX = 0.6
/** Loss beyond the base that, with a growing queue, says that the queue overflows. */
const EXCESS_LOSS = 0.02
/** The same without a queue to be seen: start-up sends twice what a full path carries. */
const OVERFLOW_LOSS = 0.2
/** A path this short can overrun the peer's socket buffer before any report comes back. */
const SHORT_PATH_MS = 10
const IN_FLIGHT_BYTES_MIN = 8 * DATAGRAM_BYTES_MIN
const RATE_BYTES_PER_S_MIN = 10_000
/** Rounds during which the initial window over the shortest round trip is the least to be tried. */
const INITIAL_ROUNDS = 4

/** What the rounds so far tell of the path; a value, replaced and never changed. */
export interface PathModel {
  readonly bandwidthBytesPerS: number
  readonly initialBytes: number
  /** The best of each recent round, newest last. */
  readonly recentRates: readonly number[]
  readonly rttMinMs: number
  readonly rttMinAtMs: number
  /** Share of bytes lost while there was no queue: p0. */
  readonly baseLoss: number
  /** Share of bytes lost in the last round. */
  readonly lastLoss: number
}

/** How a state sends in relation to what the model says the path carries. */
export interface Gains {
  readonly rate: number
  readonly inFlight: number
}

/** Bounds that do not come from the path. */
export interface PaceBounds {
  readonly rateBytesPerSMax: number
  /** What the peer's socket really holds. */
  readonly socketBufferBytes: number
}

/** What is assumed before anything is known: `initialBytes` over the handshake's round trip. */
export function initialPathModel(rttMs: number, initialBytes: number, atMs: number): PathModel {
  return {
    bandwidthBytesPerS: (initialBytes * 1000) / Math.max(rttMs, 1),
    initialBytes,
    recentRates: [],
    rttMinMs: rttMs,
    rttMinAtMs: atMs,
    baseLoss: 0,
    lastLoss: 0,
  }
}

export function learn(model: PathModel, sample: RoundSample): PathModel {
  const counts = sample.rateBytesPerS > 0
  const grows = sample.rateBytesPerS > model.bandwidthBytesPerS
  const rounds = hasQueue(model, sample) ? QUEUED_ROUNDS : BANDWIDTH_ROUNDS
  const recentRates =
    counts && (!sample.appLimited || grows)
      ? [...model.recentRates, sample.rateBytesPerS].slice(-rounds)
      : model.recentRates
  const shorter = sample.rttMinMs <= model.rttMinMs || model.recentRates.length === 0
  const rttMinMs = shorter ? sample.rttMinMs : model.rttMinMs
  const unqueued = sample.rttMinMs <= rttMinMs * UNQUEUED_RTT_FACTOR + BLUR_MS / 2
  const lost = lossShare(sample)
  const hurt = counts && sample.rateBytesPerS < UNHURT_SHARE * model.bandwidthBytesPerS
  // A round that grew may have overflowed the queue; the one before it, which it outdid, did not.
  const outdid = sample.rateBytesPerS > GROWTH * Math.max(...model.recentRates)
  const own = outdid ? Math.min(lost, model.lastLoss) : lost
  const weight = Math.max(BASE_LOSS_WEIGHT, 1 / (recentRates.length + 1))
  const tellsBaseLoss = unqueued && (hurt || outdid || lost < model.baseLoss)
  const assumed =
    recentRates.length < INITIAL_ROUNDS ? (model.initialBytes * 1000) / Math.max(rttMinMs, 1) : 0
  return {
    bandwidthBytesPerS: Math.max(assumed, ...recentRates),
    initialBytes: model.initialBytes,
    recentRates,
    rttMinMs,
    rttMinAtMs: shorter ? sample.atMs : model.rttMinAtMs,
    baseLoss: tellsBaseLoss ? blend(model.baseLoss, own, weight) : model.baseLoss,
    lastLoss: lost,
  }
}

/** Takes a delivery rate that was seen before its round was over. */
export function grow(model: PathModel, rateBytesPerS: number): PathModel {
  const bandwidthBytesPerS = Math.max(model.bandwidthBytesPerS, rateBytesPerS)
  return { ...model, bandwidthBytesPerS }
}

/** Starts the search for the shortest round trip anew from what was just seen. */
export function renewRttMin(model: PathModel, sample: RoundSample): PathModel {
  return { ...model, rttMinMs: sample.rttMinMs, rttMinAtMs: sample.atMs }
}

/** Whether the round lost more than the path does by itself, and its queue grew. */
export function hasExcessLoss(model: PathModel, sample: RoundSample): boolean {
  return hasQueue(model, sample) && lossShare(sample) > model.baseLoss + EXCESS_LOSS
}

/** Whether so much was lost that a queue too short to be seen must have overflowed. */
export function overflows(model: PathModel, sample: RoundSample): boolean {
  return lossShare(sample) > model.baseLoss + OVERFLOW_LOSS
}

/** Whether even the quickest packet of the round stood in a queue. */
export function hasQueue(model: PathModel, sample: RoundSample): boolean {
  return sample.rttMinMs > model.rttMinMs * 1.25 + blurMs(model.rttMinMs)
}

/** Whether the round trip has grown on average, though its quickest packets may have seen less. */
export function hasGrowingQueue(model: PathModel, sample: RoundSample): boolean {
  return sample.rttMs > model.rttMinMs * 1.25 + blurMs(model.rttMinMs)
}

/** Bytes that fill the path without a queue. */
export function bdpBytes(model: PathModel): number {
  return (sendingRate(model) * (model.rttMinMs + blurMs(model.rttMinMs))) / 1000
}

export function paceOf(
  model: PathModel,
  gains: Gains,
  bounds: PaceBounds,
  awaitDrain: boolean,
): Pace {
  const rate = Math.max(sendingRate(model) * gains.rate, RATE_BYTES_PER_S_MIN)
  const inFlight = Math.max(bdpBytes(model) * gains.inFlight, IN_FLIGHT_BYTES_MIN)
  const short = model.rttMinMs < SHORT_PATH_MS
  const inFlightMax = short ? Math.max(bounds.socketBufferBytes / 2, IN_FLIGHT_BYTES_MIN) : Infinity
  return {
    rateBytesPerS: Math.min(rate, bounds.rateBytesPerSMax),
    inFlightBytesMax: Math.min(inFlight, inFlightMax),
    drainedBytes: awaitDrain ? Math.max(bdpBytes(model), IN_FLIGHT_BYTES_MIN / 2) : 0,
  }
}

/** What must leave for the bandwidth to arrive, given what the path loses by itself. */
function sendingRate(model: PathModel): number {
  return model.bandwidthBytesPerS / (1 - model.baseLoss)
}

function lossShare(sample: RoundSample): number {
  const bytes = sample.deliveredBytes + sample.lostBytes
  return bytes === 0 ? 0 : sample.lostBytes / bytes
}

function blend(old: number, seen: number, weight: number): number {
  return Math.min(old + weight * (seen - old), BASE_LOSS_MAX)
}
