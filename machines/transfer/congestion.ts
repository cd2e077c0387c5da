/**
 * Congestion control: BBR as a statechart (draft-ietf-ccwg-bbr), with the pacing rate raised by the
 * loss the path shows while it has no queue. It is stepped at round ends and when bytes in flight
 * have drained, and answers each time with the pace to keep. PROTOCOL "Loss and timers".
 */
import { assign, sendParent, setup } from 'xstate'
import type { RoundSample } from '../recovery/in-flight.ts'
import type { Pace } from '../recovery/pace.ts'
import {
  type Gains,
  grow,
  hasExcessLoss,
  hasGrowingQueue,
  hasQueue,
  initialPathModel,
  learn,
  overflows,
  type PaceBounds,
  type PathModel,
  paceOf,
  renewRttMin,
} from '../recovery/path-model.ts'

/** A round that grew by less than this stalls. */
const GROWTH_MIN = 1.25
/**
 * When start-up is over: after one stalled round with a queue, after some with loss beyond the
 * path's own, and after this many whatever they show.
 */
const STALLED_ROUNDS = 2
const STALLED_ROUNDS_MAX = 6
/** When to look for more bandwidth: after cruising this long. */
const CRUISE_MS = 2_500
/** When to give up a probe that finds nothing: rounds spent going up. */
const UP_ROUNDS_MAX = 4
/** When the shortest round trip is too old to trust: this long and this many rounds ago. */
const RTT_MIN_STALE_MS = 10_000
const PROBE_RTT_MS = 200

export interface CongestionInput {
  readonly rttMs: number
  readonly initialBytes: number
  readonly atMs: number
  readonly bounds: PaceBounds
}

export interface CongestionContext {
  readonly model: PathModel
  readonly bounds: PaceBounds
  readonly gains: Gains
  readonly awaitDrain: boolean
  /** The best rate when growth was last seen, and the rounds since. */
  readonly fullRate: number
  readonly stalledRounds: number
  readonly enteredAtMs: number
  readonly rounds: number
}

export type CongestionEvent =
  | { readonly type: 'roundEnded'; readonly sample: RoundSample }
  | { readonly type: 'drained' }
  /** Found per burst: the delivery rate grew by a quarter within a round. */
  | { readonly type: 'grew'; readonly rateBytesPerS: number }
  /** The peer moved: the path is another one. */
  | { readonly type: 'restarted'; readonly input: CongestionInput }

/** Told to the sender whenever the pace changes. */
export interface PaceChangedEvent {
  readonly type: 'paceChanged'
  readonly pace: Pace
}

/** Gains of the state that is entered; BBR's own figures. */
export interface GainParams extends Gains {
  readonly awaitDrain?: boolean
}

/** The pace to keep until the first round trip is over. */
export function initialPace(input: CongestionInput): Pace {
  const model = initialPathModel(input.rttMs, input.initialBytes, input.atMs)
  const { rateBytesPerS, inFlightBytesMax, drainedBytes } = paceOf(
    model,
    { rate: 1, inFlight: 1 },
    input.bounds,
    false,
  )
  const windowBytes = Math.min(
    input.initialBytes,
    Math.max(inFlightBytesMax, input.bounds.socketBufferBytes / 2),
  )
  return { rateBytesPerS, inFlightBytesMax: windowBytes, drainedBytes }
}

function initialContext(input: CongestionInput): CongestionContext {
  return {
    model: initialPathModel(input.rttMs, input.initialBytes, input.atMs),
    bounds: input.bounds,
    gains: { rate: 1, inFlight: 1 },
    awaitDrain: false,
    fullRate: 0,
    stalledRounds: 0,
    enteredAtMs: input.atMs,
    rounds: 0,
  }
}

export const congestionMachine = setup({
  types: {} as { context: CongestionContext; events: CongestionEvent; input: CongestionInput },
  guards: {
    isPipeFull: ({ context, event }) =>
      event.type === 'roundEnded' &&
      (context.stalledRounds >= STALLED_ROUNDS_MAX ||
        (context.stalledRounds >= STALLED_ROUNDS && overflows(context.model, event.sample)) ||
        (context.stalledRounds >= 1 && hasGrowingQueue(context.model, event.sample)) ||
        hasExcessLoss(context.model, event.sample)),
    hasCruisedEnough: ({ context, event }) =>
      event.type === 'roundEnded' && event.sample.atMs - context.enteredAtMs >= CRUISE_MS,
    hasFoundTheTop: ({ context, event }) =>
      event.type === 'roundEnded' &&
      (hasQueue(context.model, event.sample) ||
        hasExcessLoss(context.model, event.sample) ||
        context.rounds >= UP_ROUNDS_MAX),
    isRttMinStale: ({ context, event }) =>
      event.type === 'roundEnded' &&
      event.sample.atMs - context.model.rttMinAtMs >=
        Math.max(RTT_MIN_STALE_MS, 30 * context.model.rttMinMs),
    hasProbedRtt: ({ context, event }) =>
      event.type === 'roundEnded' &&
      context.rounds >= 1 &&
      event.sample.atMs - context.enteredAtMs >= PROBE_RTT_MS,
  },
  actions: {
    learnRound: assign(({ context, event }) => {
      if (event.type !== 'roundEnded') return {}
      const model = learn(context.model, event.sample)
      const grew = model.bandwidthBytesPerS >= context.fullRate * GROWTH_MIN
      const stalls = !grew && !event.sample.appLimited
      return {
        model,
        fullRate: grew ? model.bandwidthBytesPerS : context.fullRate,
        stalledRounds: grew ? 0 : context.stalledRounds + (stalls ? 1 : 0),
        rounds: context.rounds + 1,
      }
    }),
    learnGrowth: assign(({ context, event }) =>
      event.type === 'grew' ? { model: grow(context.model, event.rateBytesPerS) } : {},
    ),
    setGains: assign(({ context, event }, params: GainParams) => ({
      gains: { rate: params.rate, inFlight: params.inFlight },
      awaitDrain: params.awaitDrain ?? false,
      rounds: 0,
      enteredAtMs: event.type === 'roundEnded' ? event.sample.atMs : context.enteredAtMs,
    })),
    forgetPath: assign(({ event }) =>
      event.type === 'restarted' ? initialContext(event.input) : {},
    ),
    renewRttMin: assign(({ context, event }) =>
      event.type === 'roundEnded' ? { model: renewRttMin(context.model, event.sample) } : {},
    ),
    answerPace: sendParent(({ context }) => ({
      type: 'paceChanged',
      pace: paceOf(context.model, context.gains, context.bounds, context.awaitDrain),
    })),
  },
}).createMachine({
  id: 'congestion',
  context: ({ input }) => initialContext(input),
  on: { restarted: { target: '.startup', reenter: true, actions: 'forgetPath' } },
  initial: 'startup',
  states: {
    startup: {
      entry: { type: 'setGains', params: { rate: 2.77, inFlight: 2.2 } },
      on: {
        grew: { actions: ['learnGrowth', 'answerPace'] },
        roundEnded: [
          { guard: 'isPipeFull', target: 'drain', actions: 'learnRound' },
          { actions: ['learnRound', 'answerPace'] },
        ],
      },
    },
    drain: {
      entry: [
        { type: 'setGains', params: { rate: 0.5, inFlight: 1.5, awaitDrain: true } },
        'answerPace',
      ],
      on: {
        drained: { target: 'probeBandwidth' },
        roundEnded: { actions: ['learnRound', 'answerPace'] },
      },
    },
    probeBandwidth: {
      initial: 'cruise',
      on: { roundEnded: { actions: ['learnRound', 'answerPace'] } },
      states: {
        cruise: {
          entry: [{ type: 'setGains', params: { rate: 1, inFlight: 1.5 } }, 'answerPace'],
          on: {
            roundEnded: [
              { guard: 'isRttMinStale', target: '#congestion.probeRtt', actions: 'learnRound' },
              { guard: 'hasCruisedEnough', target: 'refill', actions: 'learnRound' },
              { actions: ['learnRound', 'answerPace'] },
            ],
          },
        },
        refill: {
          entry: [{ type: 'setGains', params: { rate: 1, inFlight: 1.5 } }, 'answerPace'],
          on: { roundEnded: { target: 'up', actions: 'learnRound' } },
        },
        up: {
          entry: [{ type: 'setGains', params: { rate: 1.25, inFlight: 1.75 } }, 'answerPace'],
          on: {
            grew: { actions: ['learnGrowth', 'answerPace'] },
            roundEnded: [
              { guard: 'hasFoundTheTop', target: 'down', actions: 'learnRound' },
              { actions: ['learnRound', 'answerPace'] },
            ],
          },
        },
        down: {
          entry: [
            { type: 'setGains', params: { rate: 0.9, inFlight: 1.5, awaitDrain: true } },
            'answerPace',
          ],
          on: { drained: { target: 'cruise' } },
        },
      },
    },
    probeRtt: {
      entry: [{ type: 'setGains', params: { rate: 1, inFlight: 0.75 } }, 'answerPace'],
      on: {
        roundEnded: [
          {
            guard: 'hasProbedRtt',
            target: 'probeBandwidth',
            actions: ['renewRttMin', 'learnRound'],
          },
          { actions: 'learnRound' },
        ],
      },
    },
  },
})
