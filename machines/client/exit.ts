/**
 * Ends the server: says hello, proves itself, and waits while sessions under way finish. Once
 * `draining` was heard the server is going, and silence means that it is gone. PROTOCOL "Ending".
 */
import { assign, emit, sendTo, setup } from 'xstate'
import { carried, type SessionEvent } from '../events.ts'
import type { Failure, Outcome } from '../failures.ts'
import { ANSWER_MS_MAX, ASK_REPEAT_MS, EXIT_SILENCE_MS, PROOF_REPEAT_MS } from '../limits.ts'
import { notProvided } from '../not-provided.ts'
import type { Ports } from '../ports.ts'
import { answerIn, failureIn, type HandshakeSettled } from '../settled.ts'
import { greeting } from './greeting.ts'
import type { ClientInput } from './input.ts'
import { actors, guards } from './words.ts'

export interface Exited {
  /** The most sessions the server was seen to wait for. */
  readonly waitedFor: number
}

/** The server waits for this many sessions to finish. */
export interface WaitingEmitted {
  readonly type: 'waiting'
  readonly sessions: number
}

export interface ExitContext {
  readonly ports: Ports
  readonly request: { readonly verb: 'exit' }
  readonly waitedFor: number
  readonly failure: Failure | null
}

export const exitMachine = setup({
  types: {} as {
    context: ExitContext
    events: SessionEvent | HandshakeSettled
    input: ClientInput
    output: Outcome<Exited>
    emitted: WaitingEmitted
  },
  actors: {
    ...actors,
  },
  guards: {
    ...guards,
    isAccepted: ({ event }) => answerIn(event)?.kind === 'accepted',
    isDraining: ({ event }) => carried(event, 'draining') !== undefined && !isOver(event),
    isOver: ({ event }) => isOver(event),
  },
  actions: {
    keepWaitedFor: assign(({ context, event }) => ({
      waitedFor: Math.max(context.waitedFor, carried(event, 'draining')?.sessions ?? 0),
    })),
    announceWaiting: emit(({ event }) => ({
      type: 'waiting' as const,
      sessions: carried(event, 'draining')?.sessions ?? 0,
    })),
    keepFailure: assign(({ event }) => ({ failure: failureIn(event) })),
    keepStrangeAnswer: assign({
      failure: { kind: 'protocolViolated', what: 'the answer does not fit an exit' } as const,
    }),
    keepNoAnswer: assign({
      failure: { kind: 'noAnswer', waitedMs: ANSWER_MS_MAX } as const,
    }),
    forwardToHandshake: sendTo('handshake', ({ event }) => event),
    sendPing: notProvided('sendPing'),
    sendResponse: notProvided('sendResponse'),
    sendBye: notProvided('sendBye'),
    sendError: notProvided('sendError'),
  },
  delays: {
    proofRepeatMs: PROOF_REPEAT_MS,
    askRepeatMs: ASK_REPEAT_MS,
    answerMsMax: ANSWER_MS_MAX,
    exitSilenceMs: EXIT_SILENCE_MS,
  },
}).createMachine({
  id: 'exit',
  context: ({ input }) => ({
    ports: input.ports,
    request: { verb: 'exit' },
    waitedFor: 0,
    failure: null,
  }),
  invoke: { id: 'session', src: 'session', input: ({ context }) => ({ ports: context.ports }) },
  on: {
    challenged: { actions: 'sendResponse' },
    cancel: { target: '.failed', actions: ['keepFailure', 'sendError'] },
    burst: [
      { guard: 'hasFailed', target: '.failed', actions: ['keepFailure', 'sendBye'] },
      { guard: 'isOver', target: '.done' },
    ],
  },
  initial: 'connecting',
  states: {
    connecting: greeting({ guard: 'isNoError', actions: 'forwardToHandshake' }, [
      { guard: 'isAccepted', target: 'proving' },
      { guard: 'hasFailed', target: 'failed', actions: ['keepFailure', 'sendBye'] },
      { target: 'failed', actions: ['keepStrangeAnswer', 'sendError'] },
    ]),
    /** The server does nothing until it has heard a sealed word from here. */
    proving: {
      initial: 'asking',
      states: {
        asking: {
          after: { proofRepeatMs: { target: 'asking', reenter: true, actions: 'sendPing' } },
        },
      },
      on: {
        burst: {
          guard: 'isDraining',
          target: 'waiting',
          actions: ['keepWaitedFor', 'announceWaiting'],
        },
      },
      after: { answerMsMax: { target: 'failed', actions: 'keepNoAnswer' } },
    },
    /** The server finishes what is under way. */
    waiting: {
      initial: 'asking',
      states: {
        asking: {
          after: { askRepeatMs: { target: 'asking', reenter: true, actions: 'sendPing' } },
        },
      },
      on: {
        burst: {
          guard: 'isDraining',
          target: 'waiting',
          reenter: true,
          actions: ['keepWaitedFor', 'announceWaiting'],
        },
        unreachable: 'done',
      },
      after: { exitSilenceMs: 'done' },
    },
    done: { entry: 'sendBye', type: 'final' },
    failed: { type: 'final' },
  },
  output: ({ context }) =>
    context.failure === null
      ? { ok: { waitedFor: context.waitedFor } }
      : { failed: context.failure },
})

function isOver(event: SessionEvent | HandshakeSettled): boolean {
  return carried(event, 'done') !== undefined || carried(event, 'bye') !== undefined
}
