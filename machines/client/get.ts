/**
 * Gets one file: says hello, opens a target for what is offered, receives and stores it, says so.
 * PROTOCOL "Hello and welcome", "Data", "Ending".
 */
import { assign, emit, fromPromise, sendTo, setup } from 'xstate'
import { type BurstEvent, isBurst, type SessionEvent } from '../events.ts'
import type { Failure, Outcome } from '../failures.ts'
import { HELD_BURSTS_MAX, LINGER_MS, QUIET_MS } from '../limits.ts'
import type { Entry, FlatRanges, Request } from '../messages.ts'
import { notProvided } from '../not-provided.ts'
import type { Moved, SettledEmitted, TargetOpened } from '../outcomes.ts'
import type { Ports } from '../ports.ts'
import {
  answerIn,
  establishedIn,
  failureIn,
  type HandshakeSettled,
  type SettledEvent,
  type TransferSettled,
} from '../settled.ts'
import { receiverMachine } from '../transfer/receiver.ts'
import type { Established } from './handshake.ts'
import type { ClientInput } from './input.ts'
import { actors, delays, guards, reconnectDelays } from './words.ts'

export interface GetInput extends ClientInput {
  /** The file's path at the server. */
  readonly path: string
  /** Its local name. */
  readonly as: string
  readonly replace: boolean
  /** Pass over a file that is here, whatever is in it. */
  readonly skip: boolean
}

export interface GetContext {
  readonly input: GetInput
  readonly ports: Ports
  readonly request: Request
  readonly established: Established | null
  readonly entry: Entry
  readonly held: readonly BurstEvent[]
  /** Records that need not come again. */
  readonly stored: FlatRanges
  readonly alreadyThere: boolean
  readonly failure: Failure | null
}

type GetEvent =
  | SessionEvent
  | SettledEvent<'openTarget', TargetOpened>
  | HandshakeSettled
  | TransferSettled

export const getMachine = setup({
  types: {} as {
    context: GetContext
    events: GetEvent
    input: GetInput
    output: Outcome<Moved>
    emitted: SettledEmitted<Moved>
  },
  actors: {
    ...actors,
    openTarget: fromPromise<
      TargetOpened,
      { readonly ports: Ports; readonly entry: Entry; readonly replace: boolean }
    >(notProvided('openTarget')),
    receiver: receiverMachine,
  },
  guards: {
    ...guards,
    isOffered: ({ event }) => answerIn(event)?.kind === 'sending',
    maySkip: ({ context, event }) => context.input.skip && failureIn(event)?.kind === 'exists',
    isIdentical: ({ event }) =>
      event.type === 'xstate.done.actor.openTarget' && event.output.kind === 'identical',
    isOtherFile: ({ context, event }) => {
      const answer = answerIn(event)
      if (answer?.kind !== 'sending') return false
      const { sizeBytes, mtimeUs } = answer.entry
      return sizeBytes !== context.entry.sizeBytes || mtimeUs !== context.entry.mtimeUs
    },
  },
  actions: {
    keepEstablished: assign(({ event, context }) => {
      const answer = answerIn(event)
      return {
        established: establishedIn(event),
        entry: answer?.kind === 'sending' ? answer.entry : context.entry,
      }
    }),
    keepFailure: assign(({ event }) => ({ failure: failureIn(event) })),
    keepStrangeAnswer: assign({
      failure: { kind: 'protocolViolated', what: 'the answer does not fit a get' } as const,
    }),
    keepLinkLost: assign(({ context }) => ({
      failure: { kind: 'linkLost', silentMs: QUIET_MS + context.input.patienceMs } as const,
    })),
    keepDiskTimeout: assign(({ context }) => ({
      failure: { kind: 'fileError', path: context.input.as, code: 'ETIMEDOUT' } as const,
    })),
    keepStored: assign(({ event }) =>
      event.type === 'xstate.done.actor.openTarget' && event.output.kind === 'opened'
        ? { stored: event.output.stored }
        : {},
    ),
    keepSourceChanged: assign(({ context }) => ({
      failure: { kind: 'sourceChanged', path: context.input.path } as const,
    })),
    dropHeld: assign({ held: [] }),
    noteAlreadyThere: assign({ alreadyThere: true }),
    holdBurst: assign(({ context, event }) =>
      isBurst(event) ? { held: [...context.held, event].slice(0, HELD_BURSTS_MAX) } : {},
    ),
    forwardToHandshake: sendTo('handshake', ({ event }) => event),
    forwardToTransfer: sendTo('transfer', ({ event }) => event),
    announceSettled: emit(({ context }) => ({
      type: 'settled' as const,
      outcome: outcomeOf(context),
    })),
    renewSession: notProvided('renewSession'),
    sendDone: notProvided('sendDone'),
    sendBye: notProvided('sendBye'),
    sendError: notProvided('sendError'),
    stopTransfer: notProvided('stopTransfer'),
  },
  delays: {
    ...delays,
    ...reconnectDelays,
    lingerMs: LINGER_MS,
  },
}).createMachine({
  id: 'get',
  context: ({ input }) => ({
    input,
    ports: input.ports,
    request: { verb: 'get', path: input.path },
    established: null,
    entry: { path: input.path, sizeBytes: 0, mtimeUs: 0 },
    held: [],
    stored: [],
    alreadyThere: false,
    failure: null,
  }),
  invoke: { id: 'session', src: 'session', input: ({ context }) => ({ ports: context.ports }) },
  on: {
    cancel: { target: '.failed', actions: ['keepFailure', 'sendError'] },
    burst: { guard: 'hasFailed', target: '.failed', actions: ['keepFailure', 'sendBye'] },
  },
  initial: 'connecting',
  states: {
    connecting: {
      invoke: {
        id: 'handshake',
        src: 'handshake',
        input: ({ context }) => ({ ports: context.ports, request: context.request }),
        onDone: [
          { guard: 'isOffered', target: 'opening', actions: 'keepEstablished' },
          { guard: 'hasFailed', target: 'failed', actions: ['keepFailure', 'sendBye'] },
          { target: 'failed', actions: ['keepStrangeAnswer', 'sendError'] },
        ],
      },
      on: {
        burst: { guard: 'isNoError', actions: ['forwardToHandshake', 'holdBurst'] },
        unreachable: { actions: 'forwardToHandshake' },
        greeted: { actions: 'forwardToHandshake' },
      },
    },
    /** What is offered is known; is there room for it here? Its first bytes may be here already. */
    opening: {
      invoke: {
        id: 'openTarget',
        src: 'openTarget',
        input: ({ context }) => ({
          ports: context.ports,
          entry: { ...context.entry, path: context.input.as },
          replace: context.input.replace,
        }),
        onDone: [
          { guard: 'isIdentical', target: 'lingering', actions: 'noteAlreadyThere' },
          { target: 'receiving', actions: 'keepStored' },
        ],
        onError: [
          { guard: 'maySkip', target: 'lingering', actions: 'noteAlreadyThere' },
          { target: 'failed', actions: ['keepFailure', 'sendError'] },
        ],
      },
      on: { burst: { guard: 'isNoError', actions: 'holdBurst' } },
      after: { diskMsMax: { target: 'failed', actions: ['keepDiskTimeout', 'sendError'] } },
    },
    receiving: {
      exit: 'stopTransfer',
      invoke: {
        id: 'transfer',
        src: 'receiver',
        input: ({ context }) => receiverInput(context),
        onDone: [
          { guard: 'hasFailed', target: 'failed', actions: ['keepFailure', 'sendError'] },
          { target: 'lingering' },
        ],
      },
      on: {
        timeout: { actions: 'forwardToTransfer' },
        recordsStored: { actions: 'forwardToTransfer' },
        recordsRejected: { actions: 'forwardToTransfer' },
        blocksRejected: { actions: 'forwardToTransfer' },
        fileFailed: { actions: 'forwardToTransfer' },
      },
      initial: 'lively',
      states: {
        lively: {
          on: { burst: { guard: 'isNoError', actions: 'forwardToTransfer' } },
          after: { quietMs: 'quiet' },
        },
        quiet: {
          on: {
            burst: { guard: 'isNoError', target: 'lively', actions: 'forwardToTransfer' },
          },
          after: { idleMs: '#get.reconnecting' },
        },
      },
    },
    /** The link is lost, or the server: says hello until somebody takes it up again. */
    reconnecting: {
      initial: 'asking',
      states: {
        asking: {
          entry: ['dropHeld', 'renewSession'],
          invoke: {
            id: 'handshake',
            src: 'handshake',
            input: ({ context }) => ({ ports: context.ports, request: context.request }),
            onDone: [
              {
                guard: 'isOtherFile',
                target: '#get.failed',
                actions: ['keepSourceChanged', 'sendError'],
              },
              { guard: 'isOffered', target: '#get.opening', actions: 'keepEstablished' },
              { guard: 'mayPass', target: 'resting' },
              { guard: 'hasFailed', target: '#get.failed', actions: ['keepFailure', 'sendBye'] },
              { target: '#get.failed', actions: ['keepStrangeAnswer', 'sendError'] },
            ],
          },
          on: {
            burst: { guard: 'isNoError', actions: ['forwardToHandshake', 'holdBurst'] },
            unreachable: { actions: 'forwardToHandshake' },
            greeted: { actions: 'forwardToHandshake' },
          },
        },
        resting: { after: { restMs: 'asking' } },
      },
      after: { patienceMs: { target: 'failed', actions: 'keepLinkLost' } },
    },
    /** The file is stored; the server may ask to hear so again. */
    lingering: {
      entry: ['announceSettled', 'sendDone'],
      on: {
        burst: [
          { guard: 'isOver', target: 'done' },
          { guard: 'isAsked', actions: 'sendDone' },
        ],
        cancel: 'done',
      },
      after: { lingerMs: 'done' },
    },
    done: { type: 'final' },
    failed: { type: 'final' },
  },
  output: ({ context }) => outcomeOf(context),
})

function outcomeOf({ failure, entry, alreadyThere }: GetContext): Outcome<Moved> {
  return failure === null
    ? { ok: { sizeBytes: entry.sizeBytes, alreadyThere } }
    : { failed: failure }
}

function receiverInput(context: GetContext) {
  if (context.established === null) throw new Error('receiving before the handshake')
  return {
    ports: context.ports,
    path: context.input.as,
    totalBytes: context.entry.sizeBytes,
    windowRecords: context.input.introduction.windowRecords,
    rttMs: context.established.rttMs,
    atMs: context.established.atMs,
    held: context.held,
    stored: context.stored,
  }
}
