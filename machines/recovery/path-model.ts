import { DATAGRAM_BYTES_MIN, RTT_MS_ASSUMED } from '../limits.ts'
import { blurMs } from './blur.ts'
import { learnLoss, learnLossBefore, NO_LOSS, type OwnLoss, ownLossShare } from './own-loss.ts'
import { beginYield, endYield, haveHeld, NO_RIVALS, passRound, type Rivals } from './rivals.ts'
import type { RoundSample } from './round.ts'
import { standingMs } from './steering.ts'

/** Rounds over which the highest delivery rate counts as the path's bandwidth. */
const BANDWIDTH_ROUNDS = 10
/** The same while a queue stands: then each round shows what the path carries now. */
const QUEUED_ROUNDS = 2
/** A round trip within this factor of the shortest saw no queue, so its losses were not ours. */
const UNQUEUED_RTT_FACTOR = 1.1
/** One beyond this factor stood in a queue. */
const QUEUED_RTT_FACTOR = 1.25
/**
 * A path's own losses take from what arrives; those of a queue too short to show in the round trip
 * do not, for it overflows by what is sent beyond the bandwidth. A round that delivered at least
 * this share of the bandwidth may have overflowed such a queue.
 */
const UNHURT_SHARE = 0.95
/** A round this much faster than all before it shows that they did not fill the path. */
const GROWTH = 1.1
/** Loss beyond the path's own without a queue to be seen: start-up sends four times too much. */
const OVERFLOW_LOSS = 0.2
/** What may always be under way. */
export const IN_FLIGHT_BYTES_MIN = 8 * DATAGRAM_BYTES_MIN
/**
 * So many rounds in a row in which even the quickest packet saw this many times the queue that
 * cruising steers for show that others keep it standing (as Copa tells, NSDI 2018, §2.2).
 */
const CONTESTED_ROUNDS = 10
const CONTESTED_FACTOR = 2
/** One does, once others have held their rate. */
const HELD_ROUNDS = 1
/** So many show that they will not leave: sessions like this one have found their shares by then. */
const ENTRENCHED_ROUNDS = 14
/** So many in which the queue that is steered for did not come about show room for more. */
const ROOMY_ROUNDS = 3
/** Less of it than this is none. */
const NO_QUEUE_SHARE = 0.3
/** What of a path without a queue is left under way where room is made. */
export const YIELD_SHARE = 0.5
/** What is left of the bandwidth after a silence. */
const MISTRUSTED_SHARE = 1 / 4
/** Rounds during which the initial window over the shortest round trip is the least to be tried. */
const INITIAL_ROUNDS = 4
/**
 * By how much the shortest round trip that surely saw no queue may grow as it is searched anew:
 * where many keep a queue standing, none of them sees the path without one.
 */
const FLOOR_GROWTH = 1.1
/** A round that lost more than this ends that at once. */
const CROWDED_LOSS = 0.8

/** What the rounds so far tell of the path; a value, replaced and never changed. */
export interface PathModel {
  readonly bandwidthBytesPerS: number
  readonly initialBytes: number
  /** The best of each recent round, newest last. */
  readonly recentRates: readonly number[]
  readonly rttMinMs: number
  readonly rttMinAtMs: number
  /** The shortest round trip that surely saw no queue; it follows the other slowly. */
  readonly rttFloorMs: number
  /** What even the quickest packet of the last round spent in queues. */
  readonly queueMs: number
  /** What the peer waits before it reports: as much longer are bytes under way. */
  readonly peerDelayMs: number
  /** Rounds since one saw a queue no longer than cruising may keep standing. */
  readonly queuedRounds: number
  /** Steady rounds, with enough to send, since one saw a queue worth the name. */
  readonly roomyRounds: number
  readonly ownLoss: OwnLoss
  readonly rivals: Rivals
}

/** What is assumed before anything is known: `initialBytes` over the handshake's round trip. */
export function initialPathModel(rttMs: number, initialBytes: number, atMs: number): PathModel {
  return {
    bandwidthBytesPerS: (initialBytes * 1000) / Math.max(rttMs, 1),
    initialBytes,
    recentRates: [],
    rttMinMs: rttMs,
    rttMinAtMs: atMs,
    rttFloorMs: rttMs,
    queueMs: 0,
    peerDelayMs: 0,
    queuedRounds: 0,
    roomyRounds: 0,
    ownLoss: NO_LOSS,
    rivals: NO_RIVALS,
  }
}

/** `steady`: the round went at a pace that was kept for a while. */
export function learn(model: PathModel, sample: RoundSample, steady: boolean): PathModel {
  const counts = sample.rateBytesPerS > 0
  const grows = sample.rateBytesPerS > model.bandwidthBytesPerS
  const queued = hasQueue(model, sample)
  const rounds = queued && !isContested(model) ? QUEUED_ROUNDS : BANDWIDTH_ROUNDS
  // With a queue before it the bottleneck is busy, whatever the sender had to send.
  const recentRates =
    counts && (!sample.appLimited || grows || queued)
      ? [...model.recentRates, sample.rateBytesPerS].slice(-rounds)
      : model.recentRates
  const isFirst = model.recentRates.length === 0
  const shorter = sample.rttMinMs <= (isFirst ? firstRttMsMax(model) : model.rttMinMs)
  const rttMinMs = shorter ? sample.rttMinMs : model.rttMinMs
  const rttFloorMs = isFirst ? rttMinMs : Math.min(rttMinMs, model.rttFloorMs)
  const unqueued = sample.rttMs <= noticedRttMs(rttFloorMs)
  // Behind a queue, or where most is lost, the least to be tried is too much.
  const initialBytes = queued || lossShare(sample) > CROWDED_LOSS ? 0 : model.initialBytes
  const assumed =
    recentRates.length < INITIAL_ROUNDS ? (initialBytes * 1000) / Math.max(rttMinMs, 1) : 0
  const bandwidthBytesPerS = Math.max(assumed, ...recentRates)
  const queueMs = Math.max(0, sample.rttMinMs - rttMinMs)
  const aimMs = standingMs(rttMinMs, bandwidthBytesPerS)
  const roomy = queueMs < NO_QUEUE_SHARE * aimMs
  return {
    bandwidthBytesPerS,
    initialBytes,
    recentRates,
    rttMinMs,
    rttMinAtMs: shorter ? sample.atMs : model.rttMinAtMs,
    rttFloorMs,
    queueMs,
    peerDelayMs: sample.peerDelayMs,
    queuedRounds: queueMs > CONTESTED_FACTOR * aimMs ? model.queuedRounds + 1 : 0,
    roomyRounds: steady && roomy && !sample.appLimited ? model.roomyRounds + 1 : 0,
    ownLoss: steady && unqueued ? learnOwnLoss(model, sample) : model.ownLoss,
    rivals: passRound(model.rivals),
  }
}

/**
 * What an unqueued round tells of the path's own loss: to learn from it when less was lost than is
 * known, or when so much was lost that it hurt.
 */
function learnOwnLoss(model: PathModel, sample: RoundSample): OwnLoss {
  const { ownLoss, bandwidthBytesPerS } = model
  const losses = {
    lostBytes: sample.lostBytes,
    bytes: sample.deliveredBytes + sample.lostBytes,
  }
  if (sample.rateBytesPerS > GROWTH * Math.max(...model.recentRates)) {
    return learnLossBefore(ownLoss, losses)
  }
  const hurt = sample.rateBytesPerS > 0 && sample.rateBytesPerS < UNHURT_SHARE * bandwidthBytesPerS
  return hurt || lossShare(sample) < ownLossShare(ownLoss) ? learnLoss(ownLoss, losses) : ownLoss
}

/** Takes the rate of a train that filled the path, whatever was thought before. */
export function settle(model: PathModel, rateBytesPerS: number): PathModel {
  const recentRates = [...model.recentRates, rateBytesPerS].slice(-BANDWIDTH_ROUNDS)
  return { ...model, initialBytes: 0, recentRates, bandwidthBytesPerS: Math.max(...recentRates) }
}

/** Nothing was heard for long: a share of what the path carried, to search anew from there. */
export function mistrust(model: PathModel): PathModel {
  const bandwidthBytesPerS = model.bandwidthBytesPerS * MISTRUSTED_SHARE
  return { ...model, initialBytes: 0, recentRates: [bandwidthBytesPerS], bandwidthBytesPerS }
}

/** The bottleneck overflowed: only the last rounds show what of it is there for the taking. */
export function yieldRate(model: PathModel): PathModel {
  const recentRates = model.recentRates.slice(-QUEUED_ROUNDS)
  const latest = Math.max(0, ...recentRates)
  const bandwidthBytesPerS = latest || model.bandwidthBytesPerS
  const rivals = beginYield(model.rivals, model.rttMinMs + model.queueMs)
  return { ...model, recentRates, bandwidthBytesPerS, rivals }
}

/** Room was made: whether others made any shows, unless it was too little to tell. */
export function judgeYield(model: PathModel, sample: RoundSample): PathModel {
  if (YIELD_SHARE * bdpBytes(model) < IN_FLIGHT_BYTES_MIN) return model
  return { ...model, rivals: endYield(model.rivals, sample.rttMinMs) }
}

/** Takes a delivery rate that was seen before its round was over. */
export function grow(model: PathModel, rateBytesPerS: number): PathModel {
  const bandwidthBytesPerS = Math.max(model.bandwidthBytesPerS, rateBytesPerS)
  return { ...model, bandwidthBytesPerS }
}

/** Starts the search for the shortest round trip anew from what was just seen. */
export function renewRttMin(model: PathModel, sample: RoundSample): PathModel {
  const rttFloorMs = Math.min(sample.rttMinMs, FLOOR_GROWTH * model.rttFloorMs)
  return { ...model, rttMinMs: sample.rttMinMs, rttMinAtMs: sample.atMs, rttFloorMs }
}

/** Whether so much was lost that a queue too short to be seen must have overflowed. */
export function overflows(model: PathModel, sample: RoundSample): boolean {
  return lossShare(sample) > ownLossShare(model.ownLoss) + OVERFLOW_LOSS
}

/** Whether even the quickest packet of the round stood in a queue. */
export function hasQueue(model: PathModel, sample: RoundSample): boolean {
  return sample.rttMinMs > queuedRttMs(model)
}

/** Whether the round trip has grown on average, though its quickest packets may have seen less. */
export function hasGrowingQueue(model: PathModel, sample: RoundSample): boolean {
  return sample.rttMs > queuedRttMs(model)
}

/** Whether others keep a queue standing, whatever is done here about it. */
export function isContested(model: PathModel): boolean {
  return isQueuedFor(model, CONTESTED_ROUNDS)
}

/** Whether they do so for good: others than sessions like this one. */
export function isEntrenched(model: PathModel): boolean {
  return isQueuedFor(model, ENTRENCHED_ROUNDS)
}

function isQueuedFor({ queuedRounds, rivals }: PathModel, rounds: number): boolean {
  return queuedRounds >= (haveHeld(rivals) ? HELD_ROUNDS : rounds)
}

/** Who made room saw the queue stay: it is others', as surely as after many rounds. */
export function contest(model: PathModel): PathModel {
  return { ...model, queuedRounds: Math.max(model.queuedRounds, CONTESTED_ROUNDS) }
}

/** A round trip this long shows a queue that is more than chance. */
export function queuedRttMs(model: PathModel): number {
  return QUEUED_RTT_FACTOR * model.rttMinMs + blurMs(model.rttMinMs)
}

/** Bytes that fill the path without a queue. */
export function bdpBytes(model: PathModel): number {
  return (model.bandwidthBytesPerS * (model.rttMinMs + blurMs(model.rttMinMs))) / 1000
}

/**
 * The first round replaces the handshake's round trip unless it saw more than blur, which may be a
 * queue: where many begin together, only their handshakes saw the path without one.
 */
function firstRttMsMax({ rttMinMs }: PathModel): number {
  return rttMinMs < RTT_MS_ASSUMED ? rttMinMs + blurMs(rttMinMs) : Number.POSITIVE_INFINITY
}

/** A round trip beyond this may have seen a queue. */
export function noticedRttMs(rttMinMs: number): number {
  return UNQUEUED_RTT_FACTOR * rttMinMs + blurMs(rttMinMs)
}

/** Whether the queue that cruising should keep standing does not come about. */
export function hasRoom(model: PathModel): boolean {
  return model.roomyRounds >= ROOMY_ROUNDS
}

function lossShare(sample: RoundSample): number {
  const bytes = sample.deliveredBytes + sample.lostBytes
  return bytes === 0 ? 0 : sample.lostBytes / bytes
}
