/**
 * Congestion control: BBR as a statechart (draft-ietf-ccwg-bbr). It differs in three things: start-up
 * searches by trains of packets, what the path loses by itself counts as carried, and cruising
 * steers for a short queue. Stepped at round ends and by what is found per burst, it answers with
 * the pace to keep. PROTOCOL "Loss and timers".
 */
import { assign, sendParent, setup } from 'xstate'
import { paceOf } from '../recovery/pace.ts'
import {
  contest,
  grow,
  hasGrowingQueue,
  hasQueue,
  hasRoom,
  isContested,
  judgeYield,
  learn,
  mistrust,
  overflows,
  renewRttMin,
  settle,
  YIELD_SHARE,
  yieldRate,
} from '../recovery/path-model.ts'
import { haveHeld, hold } from '../recovery/rivals.ts'
import {
  type CongestionContext,
  type CongestionEvent,
  type CongestionInput,
  foundOf,
  type GainParams,
  gainsNow,
  initialContext,
  STARTUP_GAINS,
} from './congestion-context.ts'

/** A round that grew by less than this stalls. */
const GROWTH_MIN = 1.2
/** When start-up is over though no queue is seen: so many rounds stalled, of which much was lost, */
const LOSSY_STALLED_ROUNDS = 2
/** or so many, whatever they show. */
const STALLED_ROUNDS_MAX = 6
/** When to believe that a train filled the path: its round trip takes this long. */
const TRAINS_RTT_MS_MIN = 5
/** When to look for more bandwidth: after cruising this long. */
const CRUISE_MS = 2_500
/** When to give up a probe that finds nothing: rounds spent going up. */
const UP_ROUNDS_MAX = 4
/** When the shortest round trip is too old to trust: this long and this many rounds ago. */
const RTT_MIN_STALE_MS = 10_000
const PROBE_RTT_MS = 200

export const congestionMachine = setup({
  types: {} as { context: CongestionContext; events: CongestionEvent; input: CongestionInput },
  guards: {
    isPipeFull: ({ context, event }) =>
      event.type === 'roundEnded' &&
      (context.stalledRounds >= STALLED_ROUNDS_MAX ||
        (context.stalledRounds >= LOSSY_STALLED_ROUNDS && overflows(context.model, event.sample)) ||
        (context.stalledRounds >= 1 && hasGrowingQueue(context.model, event.sample))),
    hasCruisedEnough: ({ context, event }) =>
      event.type === 'roundEnded' && event.sample.atMs - context.enteredAtMs >= CRUISE_MS,
    /** Where a round trip is shorter, what stretches a train may be either end at work. */
    trainsTell: ({ context }) => context.model.rttMinMs >= TRAINS_RTT_MS_MIN,
    /** The queue that is steered for has not come about: the path carries more than is thought. */
    hasRoom: ({ context }) => hasRoom(context.model),
    hasFoundTheTop: ({ context, event }) =>
      event.type === 'roundEnded' &&
      ((hasQueue(context.model, event.sample) && !isContested(context.model)) ||
        context.rounds >= UP_ROUNDS_MAX),
    /** The path carries so much more than was known, without a queue, that it is worth a search. */
    outgrows: ({ context, event }) =>
      event.type === 'roundEnded' &&
      context.model.bandwidthBytesPerS >= context.fullRate * GROWTH_MIN &&
      !hasQueue(context.model, event.sample),
    /** Others hold their rate at any loss: room made for them would only be taken. */
    isHeld: ({ context }) => hold(context.model.rivals),
    /** They did, but it is time to find out anew. */
    wasHeld: ({ context }) => haveHeld(context.model.rivals),
    /** Room was made, and nobody else made any. */
    hasYieldedInVain: ({ context, event }) =>
      event.type === 'roundEnded' && context.rounds >= 1 && hasQueue(context.model, event.sample),
    hasYielded: ({ context, event }) => event.type === 'roundEnded' && context.rounds >= 1,
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
      const { model, gains, rounds } = context
      const steady = gains.steers === true && rounds > 0
      return { model: learn(model, event.sample, steady), rounds: rounds + 1 }
    }),
    /** While rounds are made of trains, these tell the rate. */
    learnTrains: assign(({ context, event }) => {
      if (event.type !== 'roundEnded') return {}
      const { rateBytesPerS, trainBytesPerS } = event.sample
      const fastest = Math.max(rateBytesPerS, trainBytesPerS)
      const model = learn(context.model, { ...event.sample, rateBytesPerS: fastest }, true)
      const grew = model.bandwidthBytesPerS >= context.fullRate * GROWTH_MIN
      const stalls = !grew && !event.sample.appLimited
      return {
        model,
        fullRate: grew ? model.bandwidthBytesPerS : context.fullRate,
        stalledRounds: grew ? 0 : context.stalledRounds + (stalls ? 1 : 0),
        rounds: context.rounds + 1,
      }
    }),
    /** A search that finds more no longer stalls: its trains become short again at once. */
    learnGrowth: assign(({ context, event }) => {
      if (event.type !== 'grew') return {}
      const model = grow(context.model, event.rateBytesPerS)
      const stalls = model.bandwidthBytesPerS < context.fullRate * GROWTH_MIN
      return { model, stalledRounds: stalls ? context.stalledRounds : 0 }
    }),
    learnFilled: assign(({ context, event }) =>
      event.type === 'filled' ? { model: settle(context.model, event.rateBytesPerS) } : {},
    ),
    contest: assign(({ context }) => ({ model: contest(context.model) })),
    judgeYield: assign(({ context, event }) =>
      event.type === 'roundEnded' ? { model: judgeYield(context.model, event.sample) } : {},
    ),
    yieldRate: assign(({ context }) => ({ model: yieldRate(context.model) })),
    setGains: assign(({ context, event }, params: GainParams) => ({
      gains: params,
      awaits: params.awaits ?? null,
      fullRate: context.model.bandwidthBytesPerS,
      stalledRounds: 0,
      rounds: 0,
      enteredAtMs: event.type === 'roundEnded' ? event.sample.atMs : context.enteredAtMs,
    })),
    forgetPath: assign(({ event }) =>
      event.type === 'restarted' ? initialContext(event.input) : {},
    ),
    mistrustPath: assign(({ context }) => ({ model: mistrust(context.model) })),
    renewRttMin: assign(({ context, event }) =>
      event.type === 'roundEnded' ? { model: renewRttMin(context.model, event.sample) } : {},
    ),
    answerPace: sendParent(({ context }) => ({
      type: 'paceChanged',
      pace: {
        ...paceOf(context.model, gainsNow(context), context.bounds, context.awaits),
        found: foundOf(context),
      },
    })),
  },
}).createMachine({
  id: 'congestion',
  context: ({ input }) => initialContext(input),
  on: {
    restarted: { target: '.startup', reenter: true, actions: 'forgetPath' },
    silent: { target: '.startup', reenter: true, actions: 'mistrustPath' },
  },
  initial: 'startup',
  states: {
    startup: {
      entry: [{ type: 'setGains', params: STARTUP_GAINS }, 'answerPace'],
      on: {
        grew: { actions: ['learnGrowth', 'answerPace'] },
        filled: { guard: 'trainsTell', target: 'drain', actions: 'learnFilled' },
        overflowed: { target: 'drain' },
        roundEnded: [
          { guard: 'isPipeFull', target: 'drain', actions: 'learnTrains' },
          { actions: ['learnTrains', 'answerPace'] },
        ],
      },
    },
    drain: {
      entry: [
        { type: 'setGains', params: { rate: 1, inFlight: 1, awaits: 'drained' } },
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
          entry: [
            { type: 'setGains', params: { rate: 1, inFlight: 1.75, steers: true, contends: true } },
            'answerPace',
          ],
          on: {
            overflowed: [
              { guard: 'isHeld' },
              { guard: 'wasHeld', target: 'probeRivals', actions: 'yieldRate' },
              { target: 'yield', actions: 'yieldRate' },
            ],
            roundEnded: [
              { guard: 'isRttMinStale', target: '#congestion.probeRtt', actions: 'learnRound' },
              { guard: 'hasCruisedEnough', target: 'refill', actions: 'learnRound' },
              { guard: 'hasRoom', target: 'up', actions: 'learnRound' },
              { actions: ['learnRound', 'answerPace'] },
            ],
          },
        },
        refill: {
          entry: [
            { type: 'setGains', params: { rate: 1, inFlight: 1.5, contends: true } },
            'answerPace',
          ],
          on: { roundEnded: { target: 'up', actions: 'learnRound' } },
        },
        up: {
          entry: [
            {
              type: 'setGains',
              params: { rate: 1.2, inFlight: 1.75, contends: true, awaits: 'queued' },
            },
            'answerPace',
          ],
          on: {
            queued: { target: 'down' },
            overflowed: [
              { guard: 'isHeld', target: 'down' },
              { guard: 'wasHeld', target: 'probeRivals', actions: 'yieldRate' },
              { target: 'yield', actions: 'yieldRate' },
            ],
            roundEnded: [
              { guard: 'outgrows', target: '#congestion.startup', actions: 'learnRound' },
              { guard: 'hasFoundTheTop', target: 'down', actions: 'learnRound' },
              { actions: ['learnRound', 'answerPace'] },
            ],
          },
        },
        /**
         * All whom the overflow hit make room at once, and see the path without a queue, or whether
         * others still keep one standing.
         */
        yield: {
          entry: [{ type: 'setGains', params: { rate: 1, inFlight: YIELD_SHARE } }, 'answerPace'],
          on: {
            roundEnded: [
              {
                guard: 'hasYieldedInVain',
                target: 'cruise',
                actions: ['judgeYield', 'learnRound', 'contest'],
              },
              { guard: 'hasYielded', target: 'cruise', actions: ['judgeYield', 'learnRound'] },
              { actions: 'learnRound' },
            ],
          },
        },
        /** As much room as a sender makes that yields to loss, to see whether others still make none. */
        probeRivals: {
          entry: [
            { type: 'setGains', params: { rate: 1, inFlight: 0.7, contends: true } },
            'answerPace',
          ],
          on: {
            roundEnded: [
              { guard: 'hasYielded', target: 'cruise', actions: ['judgeYield', 'learnRound'] },
              { actions: 'learnRound' },
            ],
          },
        },
        down: {
          entry: [
            { type: 'setGains', params: { rate: 0.9, inFlight: 1, awaits: 'drained' } },
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
