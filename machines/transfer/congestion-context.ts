/** What congestion control remembers, and what it begins with. PROTOCOL "Loss and timers". */
import type { Crossing } from '../recovery/crossings.ts'
import { type KnownPath, trustedBytesPerS } from '../recovery/known-path.ts'
import { type Gains, type Pace, type PaceBounds, paceOf } from '../recovery/pace.ts'
import { initialPathModel, type PathModel } from '../recovery/path-model.ts'
import type { RoundSample } from '../recovery/round.ts'

/**
 * Start-up sends each round's window as one fast train: how fast it arrives shows four times the
 * rate at most, while no more is under way than the rate that is known carries.
 */
export const STARTUP_GAINS = { rate: 4, inFlight: 1.25, contends: true }

export interface CongestionInput {
  readonly rttMs: number
  readonly initialBytes: number
  readonly atMs: number
  readonly bounds: PaceBounds
  /** What an earlier session found out of the path. */
  readonly known: KnownPath | null
}

export interface CongestionContext {
  readonly model: PathModel
  readonly bounds: PaceBounds
  readonly gains: Gains
  readonly awaits: 'drained' | 'queued' | null
  /** The best rate when growth was last seen, and the rounds since. */
  readonly fullRate: number
  readonly stalledRounds: number
  readonly enteredAtMs: number
  readonly rounds: number
}

export type CongestionEvent =
  | { readonly type: 'roundEnded'; readonly sample: RoundSample }
  /** Found per burst. */
  | { readonly type: Crossing }
  /** Found per burst: a train of packets got through faster than all before it. */
  | { readonly type: 'grew'; readonly rateBytesPerS: number }
  /** Found per burst: a train filled the bottleneck, which delivered it at this rate. */
  | { readonly type: 'filled'; readonly rateBytesPerS: number }
  /** The peer moved: the path is another one. */
  | { readonly type: 'restarted'; readonly input: CongestionInput }

/** Told to the sender whenever the pace changes. */
export interface PaceChangedEvent {
  readonly type: 'paceChanged'
  readonly pace: Pace
}

/** Gains of the state that is entered. */
export interface GainParams extends Gains {
  readonly awaits?: 'drained' | 'queued'
}

/** A search that stalls without a sign of a queue sends longer trains, to see more clearly. */
export function gainsNow({ gains, stalledRounds }: CongestionContext): Gains {
  return stalledRounds > 0 ? { ...gains, inFlight: 2 * gains.inFlight } : gains
}

/** The pace to keep until the first round trip is over. */
export function initialPace(input: CongestionInput): Pace {
  const model = modelOf(input)
  const pace = paceOf(model, STARTUP_GAINS, input.bounds, null)
  const isKnown = model.bandwidthBytesPerS === trustedBytesPerS(input.known, input.rttMs)
  const searchedBytes = Math.max(pace.inFlightBytesMax, input.bounds.socketBufferBytes / 2)
  const windowBytes = isKnown ? pace.inFlightBytesMax : Math.min(model.initialBytes, searchedBytes)
  return { ...pace, inFlightBytesMax: windowBytes, found: null }
}

function modelOf({ rttMs, initialBytes, atMs, known }: CongestionInput): PathModel {
  const model = initialPathModel(rttMs, initialBytes, atMs)
  const trusted = trustedBytesPerS(known, rttMs)
  return { ...model, bandwidthBytesPerS: Math.max(model.bandwidthBytesPerS, trusted) }
}

/** What the search came to; null while it goes on. */
export function foundOf({ gains, model }: CongestionContext): KnownPath | null {
  if (gains.rate === STARTUP_GAINS.rate) return null
  return { rateBytesPerS: model.bandwidthBytesPerS, rttMs: model.rttMinMs }
}

export function initialContext(input: CongestionInput): CongestionContext {
  return {
    model: modelOf(input),
    bounds: input.bounds,
    gains: STARTUP_GAINS,
    awaits: null,
    fullRate: 0,
    stalledRounds: 0,
    enteredAtMs: input.atMs,
    rounds: 0,
  }
}
