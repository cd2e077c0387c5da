/**
 * Says hello until a welcome opens. What else is heard is only believed when no welcome comes for a
 * second. Then it waits for its turn, where the server says so.
 * PROTOCOL "Hello and welcome", "Refusals", "Turns".
 */
import { assign, setup } from 'xstate'
import {
  type BurstEvent,
  carried,
  isBurst,
  type TransferEvent,
  type UnreachableEvent,
  type Welcome,
} from '../events.ts'
import type { Failure, Outcome } from '../failures.ts'
import {
  ANSWER_MS_MAX,
  DOUBT_MS,
  HELLO_REPEAT_MS,
  HELLO_SOON_MS,
  HELLO_SOON_REPEATS,
  IDLE_MS_MIN,
  IDLE_ROUND_TRIPS,
  PROOF_REPEAT_MS,
  QUEUED_REPEAT_MS,
  RTT_MS_ASSUMED,
} from '../limits.ts'
import type { Request } from '../messages.ts'
import { notProvided } from '../not-provided.ts'
import type { Ports } from '../ports.ts'

export interface HandshakeInput {
  readonly ports: Ports
  readonly request: Request
}

/** What a welcome established. */
export interface Established {
  readonly welcome: Welcome
  /** From the first hello to the welcome; once hellos were repeated, RTT_MS_ASSUMED at most. */
  readonly rttMs: number
  readonly atMs: number
}

export interface HandshakeContext {
  readonly ports: Ports
  readonly request: Request
  readonly greetedAtMs: number
  readonly hellos: number
  readonly doubts: number
  readonly outcome: Outcome<Established>
}

const NO_ANSWER = { kind: 'noAnswer', waitedMs: ANSWER_MS_MAX } as const

type HandshakeEvent = BurstEvent | UnreachableEvent | TransferEvent

export const handshakeMachine = setup({
  types: {} as {
    context: HandshakeContext
    events: HandshakeEvent
    input: HandshakeInput
    output: Outcome<Established>
  },
  guards: {
    isWelcome: ({ event }) => isBurst(event) && event.welcome !== null,
    mustQueue: ({ event }) => isBurst(event) && event.welcome !== null && mustQueue(event.welcome),
    isQueued: ({ event }) => carried(event, 'queued') !== undefined,
    /** Its turn has come: records arrive, or are asked for. */
    isAdmitted: ({ event }) =>
      isBurst(event) &&
      (event.data.count > 0 ||
        carried(event, 'status') !== undefined ||
        carried(event, 'done') !== undefined),
    isRefused: ({ event }) => isBurst(event) && event.refused !== null,
    hasDoubtedEnough: ({ context }) => context.doubts * HELLO_REPEAT_MS >= DOUBT_MS,
  },
  actions: {
    keepGreetingTime: assign(({ event }) =>
      event.type === 'greeted' ? { greetedAtMs: event.atMs } : {},
    ),
    keepWelcome: assign(({ context, event }) => {
      if (!isBurst(event) || event.welcome === null) return {}
      // A welcome does not say which hello it answers, and the first ones may have been lost.
      const rttMs = Math.min(event.atMs - context.greetedAtMs, RTT_MS_ASSUMED)
      return { outcome: { ok: { welcome: event.welcome, rttMs, atMs: event.atMs } } }
    }),
    keepWindow: assign(({ context, event }) => {
      if (!isBurst(event) || !('ok' in context.outcome)) return {}
      const { ok } = context.outcome
      const windowRecords = carried(event, 'status')?.windowRecords ?? 0
      const introduction = { ...ok.welcome.introduction, windowRecords }
      const welcome = { ...ok.welcome, introduction }
      return { outcome: { ok: { ...ok, welcome, atMs: event.atMs } } }
    }),
    keepSilence: assign({ outcome: { failed: NO_ANSWER } }),
    keepDoubt: assign(({ event }) => {
      const failure: Failure =
        isBurst(event) && event.refused !== null ? event.refused : { kind: 'nothingListens' }
      return { outcome: { failed: failure } }
    }),
    countHello: assign(({ context }) => ({ hellos: context.hellos + 1 })),
    countDoubt: assign(({ context }) => ({ doubts: context.doubts + 1 })),
    sendHello: notProvided('sendHello'),
    sendPing: notProvided('sendPing'),
  },
  delays: {
    helloRepeatMs: ({ context }) =>
      context.hellos <= HELLO_SOON_REPEATS ? HELLO_SOON_MS : HELLO_REPEAT_MS,
    doubtRepeatMs: HELLO_REPEAT_MS,
    answerMsMax: ANSWER_MS_MAX,
    proofRepeatMs: PROOF_REPEAT_MS,
    queuedRepeatMs: QUEUED_REPEAT_MS,
  },
}).createMachine({
  id: 'handshake',
  context: ({ input }) => ({
    ports: input.ports,
    request: input.request,
    greetedAtMs: 0,
    hellos: 0,
    doubts: 0,
    outcome: { failed: NO_ANSWER },
  }),
  initial: 'asking',
  states: {
    asking: {
      on: {
        greeted: { actions: 'keepGreetingTime' },
        burst: [
          { guard: 'mustQueue', target: 'queued', actions: ['keepWelcome', 'sendPing'] },
          { guard: 'isWelcome', target: 'welcomed', actions: ['keepWelcome', 'sendPing'] },
        ],
      },
      after: { answerMsMax: 'failed' },
      initial: 'greeting',
      states: {
        greeting: {
          entry: ['sendHello', 'countHello'],
          on: {
            burst: { guard: 'isRefused', target: 'doubting', actions: 'keepDoubt' },
            unreachable: { target: 'doubting', actions: 'keepDoubt' },
          },
          after: { helloRepeatMs: { target: 'greeting', reenter: true } },
        },
        /** A refusal or an ICMP message may be forged: a welcome within the second still counts. */
        doubting: {
          on: { burst: { guard: 'isRefused', actions: 'keepDoubt' } },
          after: {
            doubtRepeatMs: [
              { guard: 'hasDoubtedEnough', target: '#handshake.failed' },
              { target: 'doubting', reenter: true, actions: ['countDoubt', 'sendHello'] },
            ],
          },
        },
      },
    },
    /** Others begin first. Proves its address until the server confirms it, then asks now and then. */
    queued: {
      on: {
        burst: [
          { guard: 'isAdmitted', target: 'welcomed', actions: 'keepWindow' },
          { guard: 'isQueued', target: '.waiting', reenter: true },
        ],
      },
      after: { answerMsMax: { target: 'failed', actions: 'keepSilence' } },
      initial: 'proving',
      states: {
        proving: {
          after: { proofRepeatMs: { target: 'proving', reenter: true, actions: 'sendPing' } },
        },
        waiting: {
          after: { queuedRepeatMs: { target: 'waiting', reenter: true, actions: 'sendPing' } },
        },
      },
    },
    welcomed: { type: 'final' },
    failed: { type: 'final' },
  },
  output: ({ context }) => context.outcome,
})

/** How long a quiet session waits before it reconnects. PROTOCOL "Reconnecting". */
export function idleMsOf(established: Established | null): number {
  return Math.max(IDLE_MS_MIN, IDLE_ROUND_TRIPS * (established?.rttMs ?? 0))
}

/** Whether a session is to wait for its turn: the window comes with that. PROTOCOL "Turns". */
function mustQueue({ answer, introduction }: Welcome): boolean {
  return introduction.windowRecords === 0 && ['accepted', 'sending'].includes(answer.kind)
}
