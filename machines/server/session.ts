/**
 * One session, server side. Until a sealed word proves that the client lives at its address nothing
 * is changed and little is sent. PROTOCOL "Hello and welcome", "Data", "Ending".
 */
import {
  type ActorRefFrom,
  assign,
  emit,
  fromEventObservable,
  fromPromise,
  sendTo,
  setup,
} from 'xstate'
import type { SettledEmitted, TargetOpened } from '../client/get.ts'
import type { Moved } from '../client/put.ts'
import { type BurstEvent, carried, type Hello, isBurst, type SessionEvent } from '../events.ts'
import type { Failure, Outcome } from '../failures.ts'
import {
  DISK_MS_MAX,
  DRAIN_MS_MAX,
  DRAINING_REPEAT_MS,
  HELD_BURSTS_MAX,
  LINGER_MS,
  PATIENCE_MS,
  PROOF_MS_MAX,
  QUIET_MS,
} from '../limits.ts'
import type { Answer, Entry, Introduction, Request } from '../messages.ts'
import { notProvided } from '../not-provided.ts'
import type { Ports } from '../ports.ts'
import { failureIn, type SettledEvent, type TransferSettled } from '../settled.ts'
import { receiverMachine } from '../transfer/receiver.ts'
import { senderMachine } from '../transfer/sender.ts'

/** The round trip assumed until the first is measured (RFC 9002 kInitialRtt). */
const RTT_MS_ASSUMED = 333

export interface ServerSessionInput {
  readonly ports: Ports
  readonly hello: Hello
  readonly introduction: Introduction
  readonly datagramBytes: number
  readonly atMs: number
}

interface Context {
  readonly input: ServerSessionInput
  readonly ports: Ports
  readonly request: Request
  readonly answer: Answer | null
  readonly greetedAtMs: number
  readonly provedAtMs: number
  readonly held: readonly BurstEvent[]
  readonly sessionsLeft: number
  readonly alreadyThere: boolean
  readonly failure: Failure | null
}

type ServerSessionEvent =
  | SessionEvent
  | SettledEvent<'look', Answer>
  | SettledEvent<'openTarget', TargetOpened>
  | TransferSettled

export const sessionMachine = setup({
  types: {} as {
    context: Context
    events: ServerSessionEvent
    input: ServerSessionInput
    output: Outcome<Moved>
    emitted: SettledEmitted<Moved>
  },
  actors: {
    session: fromEventObservable<SessionEvent, { readonly ports: Ports }>(notProvided('session')),
    /** Reads what the request is about and changes nothing. */
    look: fromPromise<Answer, { readonly ports: Ports; readonly request: Request }>(
      notProvided('look'),
    ),
    openTarget: fromPromise<
      TargetOpened,
      { readonly ports: Ports; readonly entry: Entry; readonly replace: boolean }
    >(notProvided('openTarget')),
    sender: senderMachine,
    receiver: receiverMachine,
  },
  guards: {
    hasFailed: ({ event }) => failureIn(event) !== null,
    isAnswered: ({ event }) =>
      event.type === 'xstate.done.actor.look' &&
      ['refused', 'identical', 'listed'].includes(event.output.kind),
    isOffer: ({ event }) =>
      event.type === 'xstate.done.actor.look' &&
      ['sending', 'manifest'].includes(event.output.kind),
    isIdentical: ({ event }) =>
      event.type === 'xstate.done.actor.openTarget' && event.output === 'identical',
    isHelloAgain: ({ event }) => isBurst(event) && event.hellos > 0 && event.controls.length === 0,
    isProofOfPut: ({ context, event }) => isProof(event) && context.request.verb === 'put',
    isProofOfExit: ({ context, event }) => isProof(event) && context.request.verb === 'exit',
    isProof: ({ event }) => isProof(event),
    isDone: ({ event }) => carried(event, 'done') !== undefined,
    isBye: ({ event }) => carried(event, 'bye') !== undefined,
    isForTransfer: ({ event }) =>
      isProof(event) &&
      (['error', 'done', 'bye'] as const).every((kind) => carried(event, kind) === undefined),
    isAsked: ({ event }) => isBurst(event) && event.controls.length > 0,
    isAlone: ({ context }) => context.sessionsLeft === 0,
  },
  actions: {
    keepAnswer: assign(({ event }) =>
      event.type === 'xstate.done.actor.look'
        ? {
            answer: event.output,
            alreadyThere: event.output.kind === 'identical',
            failure: event.output.kind === 'refused' ? event.output.failure : null,
          }
        : {},
    ),
    keepLookFailure: assign(({ event }) => {
      const failure = failureIn(event)
      return failure === null ? {} : { failure, answer: { kind: 'refused', failure } as const }
    }),
    keepGreetingTime: assign(({ event }) =>
      event.type === 'greeted' ? { greetedAtMs: event.atMs } : {},
    ),
    keepProofTime: assign(({ event }) => (isBurst(event) ? { provedAtMs: event.atMs } : {})),
    keepFailure: assign(({ event }) => ({ failure: failureIn(event) })),
    keepNoProof: assign({ failure: { kind: 'noAnswer', waitedMs: PROOF_MS_MAX } as const }),
    keepLinkLost: assign({
      failure: { kind: 'linkLost', silentMs: QUIET_MS + PATIENCE_MS } as const,
    }),
    keepDiskTimeout: assign(({ context }) => {
      const failure = {
        kind: 'fileError',
        path: pathOf(context.request),
        code: 'ETIMEDOUT',
      } as const
      return { failure, answer: { kind: 'refused', failure } as const }
    }),
    keepSessionsLeft: assign(({ event }) =>
      event.type === 'sessionsLeft' ? { sessionsLeft: event.sessions } : {},
    ),
    noteAlreadyThere: assign({ alreadyThere: true }),
    holdBurst: assign(({ context, event }) =>
      isBurst(event) ? { held: [...context.held, event].slice(0, HELD_BURSTS_MAX) } : {},
    ),
    announceSettled: emit(({ context }) => ({
      type: 'settled' as const,
      outcome: outcomeOf(context),
    })),
    forwardToTransfer: sendTo('transfer', ({ event }) => event),
    sendWelcome: notProvided('sendWelcome'),
    trustAddress: notProvided('trustAddress'),
    startDraining: notProvided('startDraining'),
    sendDraining: notProvided('sendDraining'),
    sendLastWord: notProvided('sendLastWord'),
    sendBye: notProvided('sendBye'),
    sendError: notProvided('sendError'),
    stopTransfer: notProvided('stopTransfer'),
  },
  delays: {
    diskMsMax: DISK_MS_MAX,
    quietMs: QUIET_MS,
    patienceMs: PATIENCE_MS,
    proofMsMax: PROOF_MS_MAX,
    lingerMs: LINGER_MS,
    drainingRepeatMs: DRAINING_REPEAT_MS,
    drainMsMax: DRAIN_MS_MAX,
  },
}).createMachine({
  id: 'session',
  context: ({ input }) => ({
    input,
    ports: input.ports,
    request: input.hello.request,
    answer: null,
    greetedAtMs: input.atMs,
    provedAtMs: input.atMs,
    held: [],
    sessionsLeft: 0,
    alreadyThere: false,
    failure: null,
  }),
  invoke: { id: 'session', src: 'session', input: ({ context }) => ({ ports: context.ports }) },
  on: {
    cancel: { target: '.closed', actions: ['keepFailure', 'sendError'] },
    greeted: { actions: 'keepGreetingTime' },
    sessionsLeft: { actions: 'keepSessionsLeft' },
    burst: { guard: 'hasFailed', target: '.closed', actions: ['keepFailure', 'sendBye'] },
  },
  initial: 'looking',
  states: {
    looking: {
      invoke: {
        id: 'look',
        src: 'look',
        input: ({ context }) => ({ ports: context.ports, request: context.request }),
        onDone: [
          { guard: 'isAnswered', target: 'answered', actions: 'keepAnswer' },
          { guard: 'isOffer', target: 'sending', actions: ['keepAnswer', 'sendWelcome'] },
          { target: 'proving', actions: ['keepAnswer', 'sendWelcome'] },
        ],
        onError: { target: 'answered', actions: 'keepLookFailure' },
      },
      after: { diskMsMax: { target: 'answered', actions: 'keepDiskTimeout' } },
    },
    /** The welcome said it all; it is said again to whoever says hello again. */
    answered: {
      entry: ['announceSettled', 'sendWelcome'],
      on: {
        burst: [
          { guard: 'isBye', target: 'closed' },
          { guard: 'isHelloAgain', target: 'answered', reenter: true },
        ],
      },
      after: { lingerMs: 'closed' },
    },
    /** A put or an exit changes something, so it waits until the address is proved. */
    proving: {
      on: {
        burst: [
          {
            guard: 'isProofOfPut',
            target: 'opening',
            actions: ['holdBurst', 'keepProofTime', 'trustAddress'],
          },
          {
            guard: 'isProofOfExit',
            target: 'exiting',
            actions: ['keepProofTime', 'trustAddress'],
          },
          { guard: 'isHelloAgain', actions: 'sendWelcome' },
        ],
      },
      after: { proofMsMax: { target: 'closed', actions: 'keepNoProof' } },
    },
    /** Takes the target for itself; its first bytes may be here already. */
    opening: {
      invoke: {
        id: 'openTarget',
        src: 'openTarget',
        input: ({ context }) => targetInput(context),
        onDone: [
          { guard: 'isIdentical', target: 'lingering', actions: 'noteAlreadyThere' },
          { target: 'receiving' },
        ],
        onError: { target: 'lingering', actions: 'keepFailure' },
      },
      on: {
        burst: [
          { guard: 'hasFailed', target: 'closed', actions: 'keepFailure' },
          { actions: 'holdBurst' },
        ],
      },
      after: { diskMsMax: { target: 'lingering', actions: 'keepDiskTimeout' } },
    },
    receiving: {
      exit: 'stopTransfer',
      invoke: {
        id: 'transfer',
        src: 'receiver',
        input: ({ context }) => receiverInput(context),
        onDone: [
          { guard: 'hasFailed', target: 'lingering', actions: 'keepFailure' },
          { target: 'lingering' },
        ],
      },
      on: {
        timeout: { actions: 'forwardToTransfer' },
        recordsStored: { actions: 'forwardToTransfer' },
        recordsRejected: { actions: 'forwardToTransfer' },
        fileFailed: { actions: 'forwardToTransfer' },
      },
      initial: 'lively',
      states: {
        lively: {
          on: {
            burst: [
              { guard: 'hasFailed', target: '#session.closed', actions: 'keepFailure' },
              { actions: 'forwardToTransfer' },
            ],
          },
          after: { quietMs: 'quiet' },
        },
        quiet: {
          on: {
            burst: [
              { guard: 'hasFailed', target: '#session.closed', actions: 'keepFailure' },
              { target: 'lively', actions: 'forwardToTransfer' },
            ],
          },
          after: { patienceMs: { target: '#session.closed', actions: 'keepLinkLost' } },
        },
      },
    },
    sending: {
      exit: 'stopTransfer',
      invoke: {
        id: 'transfer',
        src: 'sender',
        input: ({ context }) => senderInput(context),
        onDone: [
          { guard: 'hasFailed', target: 'lingering', actions: 'keepFailure' },
          { target: 'lingering' },
        ],
      },
      on: {
        timeout: { actions: 'forwardToTransfer' },
        recordsSealed: { actions: 'forwardToTransfer' },
        fileFailed: { actions: 'forwardToTransfer' },
        paused: { actions: 'forwardToTransfer' },
        burst: [
          { guard: 'hasFailed', target: 'closed', actions: 'keepFailure' },
          { guard: 'isDone', target: 'closed', actions: 'sendBye' },
          { guard: 'isBye', target: 'closed' },
        ],
      },
      initial: 'unproved',
      states: {
        /** Sends no more than three times what it was sent. */
        unproved: {
          on: {
            burst: [
              { guard: 'isHelloAgain', actions: 'sendWelcome' },
              {
                guard: 'isForTransfer',
                target: 'lively',
                actions: ['trustAddress', 'forwardToTransfer'],
              },
            ],
          },
          after: { proofMsMax: { target: '#session.closed', actions: 'keepNoProof' } },
        },
        lively: {
          on: { burst: { guard: 'isForTransfer', actions: 'forwardToTransfer' } },
          after: { quietMs: 'quiet' },
        },
        quiet: {
          on: { burst: { guard: 'isForTransfer', target: 'lively', actions: 'forwardToTransfer' } },
          after: { patienceMs: { target: '#session.closed', actions: 'keepLinkLost' } },
        },
      },
    },
    /** Takes no new sessions and lets the others finish. */
    exiting: {
      entry: 'startDraining',
      initial: 'counting',
      states: {
        counting: { on: { sessionsLeft: { target: 'telling', actions: 'keepSessionsLeft' } } },
        telling: {
          entry: 'sendDraining',
          always: { guard: 'isAlone', target: '#session.lingering' },
          on: { sessionsLeft: { target: 'telling', reenter: true, actions: 'keepSessionsLeft' } },
          after: { drainingRepeatMs: { target: 'telling', reenter: true } },
        },
      },
      after: { drainMsMax: 'lingering' },
    },
    /** Says its last word, and again when asked, until nobody has asked for a while. */
    lingering: {
      entry: ['announceSettled', 'sendLastWord'],
      on: {
        burst: [
          { guard: 'hasFailed', target: 'closed' },
          { guard: 'isBye', target: 'closed' },
          { guard: 'isDone', target: 'closed', actions: 'sendBye' },
          { guard: 'isAsked', target: 'lingering', reenter: true },
        ],
      },
      after: { lingerMs: 'closed' },
    },
    closed: { type: 'final' },
  },
  output: ({ context }) => outcomeOf(context),
})

export type ServerSessionRef = ActorRefFrom<typeof sessionMachine>

function isProof(event: { readonly type: string }): boolean {
  return isBurst(event) && event.controls.length > 0
}

function pathOf(request: Request): string {
  if (request.verb === 'put') return request.entry.path
  return request.verb === 'get' ? request.path : ''
}

function bytesOf(context: Context): number {
  const { request, answer } = context
  if (request.verb === 'put') return request.entry.sizeBytes
  if (answer?.kind === 'sending') return answer.entry.sizeBytes
  return answer?.kind === 'manifest' ? answer.manifestBytes : 0
}

function outcomeOf(context: Context): Outcome<Moved> {
  const { failure, alreadyThere } = context
  if (failure !== null) return { failed: failure }
  return { ok: { sizeBytes: bytesOf(context), alreadyThere } }
}

function targetInput(context: Context) {
  if (context.request.verb !== 'put') throw new Error('only a put has a target here')
  const { entry, replace } = context.request
  return { ports: context.ports, entry, replace }
}

function receiverInput(context: Context) {
  return {
    ports: context.ports,
    path: pathOf(context.request),
    totalBytes: bytesOf(context),
    windowRecords: context.input.introduction.windowRecords,
    rttMs: context.provedAtMs - context.greetedAtMs,
    atMs: context.provedAtMs,
    held: context.held,
  }
}

function senderInput(context: Context) {
  return {
    ports: context.ports,
    path: pathOf(context.request),
    totalBytes: bytesOf(context),
    datagramBytes: context.input.datagramBytes,
    peer: context.input.hello.introduction,
    rttMs: RTT_MS_ASSUMED,
    atMs: context.greetedAtMs,
    rateBytesPerSMax: Number.POSITIVE_INFINITY,
  }
}
