/**
 * Lists the server's files: the list rides in the welcome when it is small, and follows as records
 * when it is not. PROTOCOL "Manifest".
 */
import { assign, emit, fromPromise, sendTo, setup } from 'xstate'
import { type BurstEvent, isBurst, type SessionEvent } from '../events.ts'
import type { Failure, Outcome } from '../failures.ts'
import { HELD_BURSTS_MAX, LINGER_MS, QUIET_MS } from '../limits.ts'
import type { Entry } from '../messages.ts'
import { notProvided } from '../not-provided.ts'
import type { SettledEmitted } from '../outcomes.ts'
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
import { greeting } from './greeting.ts'
import type { Established } from './handshake.ts'
import type { ClientInput } from './input.ts'
import { receiving } from './transferring.ts'
import { actors, delays, guards } from './words.ts'

export interface Listed {
  readonly entries: readonly Entry[]
}

export interface ListContext {
  readonly input: ClientInput
  readonly ports: Ports
  readonly request: { readonly verb: 'list' }
  readonly established: Established | null
  readonly manifestBytes: number
  readonly held: readonly BurstEvent[]
  readonly entries: readonly Entry[]
  readonly failure: Failure | null
}

type ListEvent =
  | SessionEvent
  | HandshakeSettled
  | TransferSettled
  | SettledEvent<'readManifest', readonly Entry[]>

export const listMachine = setup({
  types: {} as {
    context: ListContext
    events: ListEvent
    input: ClientInput
    output: Outcome<Listed>
    emitted: SettledEmitted<Listed>
  },
  actors: {
    ...actors,
    receiver: receiverMachine,
    readManifest: fromPromise<readonly Entry[], { readonly ports: Ports }>(
      notProvided('readManifest'),
    ),
  },
  guards: {
    ...guards,
    isListed: ({ event }) => answerIn(event)?.kind === 'listed',
    isManifest: ({ event }) => answerIn(event)?.kind === 'manifest',
  },
  actions: {
    keepEstablished: assign(({ event, context }) => {
      const answer = answerIn(event)
      return {
        established: establishedIn(event),
        manifestBytes: answer?.kind === 'manifest' ? answer.manifestBytes : context.manifestBytes,
        entries: answer?.kind === 'listed' ? answer.entries : context.entries,
      }
    }),
    keepEntries: assign(({ event }) =>
      event.type === 'xstate.done.actor.readManifest' ? { entries: event.output } : {},
    ),
    keepFailure: assign(({ event }) => ({ failure: failureIn(event) })),
    keepStrangeAnswer: assign({
      failure: { kind: 'protocolViolated', what: 'the answer does not fit a list' } as const,
    }),
    keepLinkLost: assign(({ context }) => ({
      failure: { kind: 'linkLost', silentMs: QUIET_MS + context.input.patienceMs } as const,
    })),
    keepDiskTimeout: assign({
      failure: { kind: 'protocolViolated', what: 'the list could not be read' } as const,
    }),
    holdBurst: assign(({ context, event }) =>
      isBurst(event) ? { held: [...context.held, event].slice(0, HELD_BURSTS_MAX) } : {},
    ),
    forwardToHandshake: sendTo('handshake', ({ event }) => event),
    forwardToTransfer: sendTo('transfer', ({ event }) => event),
    announceSettled: emit(({ context }) => ({
      type: 'settled' as const,
      outcome: outcomeOf(context),
    })),
    openManifest: notProvided('openManifest'),
    sendDone: notProvided('sendDone'),
    sendResponse: notProvided('sendResponse'),
    sendBye: notProvided('sendBye'),
    sendError: notProvided('sendError'),
    stopTransfer: notProvided('stopTransfer'),
  },
  delays: {
    ...delays,
    lingerMs: LINGER_MS,
  },
}).createMachine({
  id: 'list',
  context: ({ input }) => ({
    input,
    ports: input.ports,
    request: { verb: 'list' },
    established: null,
    manifestBytes: 0,
    held: [],
    entries: [],
    failure: null,
  }),
  invoke: { id: 'session', src: 'session', input: ({ context }) => ({ ports: context.ports }) },
  on: {
    challenged: { actions: 'sendResponse' },
    cancel: { target: '.failed', actions: ['keepFailure', 'sendError'] },
    burst: { guard: 'hasFailed', target: '.failed', actions: ['keepFailure', 'sendBye'] },
  },
  initial: 'connecting',
  states: {
    connecting: greeting({ guard: 'isNoError', actions: ['forwardToHandshake', 'holdBurst'] }, [
      { guard: 'isListed', target: 'done', actions: ['keepEstablished', 'sendBye'] },
      {
        guard: 'isManifest',
        target: 'receiving',
        actions: ['keepEstablished', 'openManifest'],
      },
      { guard: 'hasFailed', target: 'failed', actions: ['keepFailure', 'sendBye'] },
      { target: 'failed', actions: ['keepStrangeAnswer', 'sendError'] },
    ]),
    receiving: receiving(receiverInput, 'reading', {
      patienceMs: { target: '#list.failed', actions: 'keepLinkLost' },
    }),
    /** All of the manifest is here; is it one? */
    reading: {
      invoke: {
        id: 'readManifest',
        src: 'readManifest',
        input: ({ context }) => ({ ports: context.ports }),
        onDone: { target: 'lingering', actions: 'keepEntries' },
        onError: { target: 'failed', actions: ['keepFailure', 'sendError'] },
      },
      after: { diskMsMax: { target: 'failed', actions: ['keepDiskTimeout', 'sendError'] } },
    },
    /** The list is here; the server may ask to hear so again. */
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

function outcomeOf({ failure, entries }: ListContext): Outcome<Listed> {
  return failure === null ? { ok: { entries } } : { failed: failure }
}

function receiverInput(context: ListContext) {
  if (context.established === null) throw new Error('receiving before the handshake')
  return {
    ports: context.ports,
    path: 'the list',
    totalBytes: context.manifestBytes,
    windowRecords: context.input.introduction.windowRecords,
    rttMs: context.established.rttMs,
    atMs: context.established.atMs,
    held: context.held,
    stored: [],
  }
}
