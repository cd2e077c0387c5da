/**
 * Puts one file: looks at it, says hello, sends it, and waits for the word that it is stored.
 * PROTOCOL "Hello and welcome", "Data", "Ending".
 */
import { assign, fromPromise, sendTo, setup } from 'xstate'
import { carried, type SessionEvent } from '../events.ts'
import type { Failure, Outcome } from '../failures.ts'
import { CONFIRM_REPEAT_MS, MOVE_AGAIN_MS, QUIET_MS } from '../limits.ts'
import type { Entry, Request } from '../messages.ts'
import { notProvided } from '../not-provided.ts'
import type { Moved } from '../outcomes.ts'
import type { Ports } from '../ports.ts'
import {
  answerIn,
  establishedIn,
  failureIn,
  type HandshakeSettled,
  type SettledEvent,
  type TransferSettled,
} from '../settled.ts'
import { sendersEvents } from '../transfer/hosting.ts'
import { senderMachine } from '../transfer/sender.ts'
import { comparing, greeting, reconnecting } from './greeting.ts'
import type { Established } from './handshake.ts'
import type { ClientInput } from './input.ts'
import { awaiting, movedOrChallenged, sending } from './transferring.ts'
import { actors, delays, guards, hashActors, moveDelays, moveGuards } from './words.ts'

export interface PutInput extends ClientInput {
  /** The local file. */
  readonly path: string
  /** Its name at the server. */
  readonly as: string
  readonly replace: boolean
  /** Pass over a file that is there, whatever is in it. */
  readonly skip: boolean
  /** Compare contents even where size and modification time agree. */
  readonly checksum: boolean
}

export interface PutContext {
  readonly input: PutInput
  readonly ports: Ports
  readonly request: Extract<Request, { verb: 'put' }>
  readonly established: Established | null
  /** When its path was last taken for another one. */
  readonly movedAtMs: number
  readonly alreadyThere: boolean
  readonly failure: Failure | null
}

type PutEvent =
  | SessionEvent
  | SettledEvent<'openSource', Entry>
  | HandshakeSettled
  | SettledEvent<'hash', string>
  | TransferSettled

export const putMachine = setup({
  types: {} as {
    context: PutContext
    events: PutEvent
    input: PutInput
    output: Outcome<Moved>
  },
  actors: {
    ...actors,
    ...hashActors,
    openSource: fromPromise<Entry, { readonly ports: Ports; readonly path: string }>(
      notProvided('openSource'),
    ),
    sender: senderMachine,
  },
  guards: {
    ...guards,
    ...moveGuards,
    isAccepted: ({ event }) => answerIn(event)?.kind === 'accepted',
    mustCompare: ({ context, event }) =>
      answerIn(event)?.kind === 'compare' && context.request.digest === undefined,
    isIdentical: ({ event }) => answerIn(event)?.kind === 'identical',
    /** Whoever is on the path can have a client challenged, so not every challenge counts. */
    mayHaveMoved: ({ context, event }) =>
      event.type === 'challenged' && event.atMs - context.movedAtMs >= MOVE_AGAIN_MS,
    isForTransfer: ({ event }) =>
      carried(event, 'done') === undefined && carried(event, 'error') === undefined,
  },
  actions: {
    keepEntry: assign(({ context, event }) =>
      event.type === 'xstate.done.actor.openSource'
        ? { request: { ...context.request, entry: { ...event.output, path: context.input.as } } }
        : {},
    ),
    keepEstablished: assign(({ event }) => ({
      established: establishedIn(event),
      movedAtMs: Number.NEGATIVE_INFINITY,
    })),
    keepMoveTime: assign(({ event }) =>
      event.type === 'challenged' ? { movedAtMs: event.atMs } : {},
    ),
    keepDigest: assign(({ context, event }) =>
      event.type === 'xstate.done.actor.hash'
        ? { request: { ...context.request, digest: event.output } }
        : {},
    ),
    keepFailure: assign(({ event }) => ({ failure: failureIn(event) })),
    keepStrangeAnswer: assign({
      failure: { kind: 'protocolViolated', what: 'the answer does not fit a put' } as const,
    }),
    keepLinkLost: assign(({ context }) => ({
      failure: { kind: 'linkLost', silentMs: QUIET_MS + context.input.patienceMs } as const,
    })),
    keepDiskTimeout: assign(({ context }) => ({
      failure: { kind: 'fileError', path: context.input.path, code: 'ETIMEDOUT' } as const,
    })),
    /** After a reconnect it is there because it was sent. */
    noteAlreadyThere: assign(({ context }) => ({ alreadyThere: context.established === null })),
    forwardToHandshake: sendTo('handshake', ({ event }) => event),
    forwardToTransfer: sendTo('transfer', ({ event }) => event),
    renewSession: notProvided('renewSession'),
    sendPing: notProvided('sendPing'),
    sendResponse: notProvided('sendResponse'),
    sendBye: notProvided('sendBye'),
    sendError: notProvided('sendError'),
    stopTransfer: notProvided('stopTransfer'),
  },
  delays: {
    ...delays,
    ...moveDelays,
    confirmRepeatMs: CONFIRM_REPEAT_MS,
  },
}).createMachine({
  id: 'put',
  context: ({ input }) => ({
    input,
    ports: input.ports,
    request: {
      verb: 'put',
      entry: { path: input.as, sizeBytes: 0, mtimeUs: 0 },
      replace: input.replace,
      checksum: input.checksum,
    },
    established: null,
    movedAtMs: Number.NEGATIVE_INFINITY,
    alreadyThere: false,
    failure: null,
  }),
  invoke: { id: 'session', src: 'session', input: ({ context }) => ({ ports: context.ports }) },
  on: {
    challenged: { actions: 'sendResponse' },
    cancel: { target: '.failed', actions: ['keepFailure', 'sendError'] },
    burst: { guard: 'hasFailed', target: '.failed', actions: ['keepFailure', 'sendBye'] },
  },
  initial: 'opening',
  states: {
    opening: {
      invoke: {
        id: 'openSource',
        src: 'openSource',
        input: ({ context }) => ({ ports: context.ports, path: context.input.path }),
        onDone: { target: 'connecting', actions: 'keepEntry' },
        onError: { target: 'failed', actions: 'keepFailure' },
      },
      after: { diskMsMax: { target: 'failed', actions: 'keepDiskTimeout' } },
    },
    connecting: greeting({ guard: 'isNoError', actions: 'forwardToHandshake' }, [
      { guard: 'isAccepted', target: 'sending', actions: 'keepEstablished' },
      { guard: 'isIdentical', target: 'done', actions: 'noteAlreadyThere' },
      { guard: 'mustCompare', target: 'hashing', actions: 'sendBye' },
      { guard: 'mustWait', target: 'comparing' },
      { guard: 'maySkip', target: 'done', actions: 'noteAlreadyThere' },
      { guard: 'hasFailed', target: 'failed', actions: ['keepFailure', 'sendBye'] },
      { target: 'failed', actions: ['keepStrangeAnswer', 'sendError'] },
    ]),
    /** A file of that size is there; do they differ? */
    hashing: {
      invoke: {
        id: 'hash',
        src: 'hash',
        input: ({ context }) => ({ ports: context.ports, path: context.input.path }),
        onDone: { target: 'connecting', actions: ['keepDigest', 'renewSession'] },
        onError: { target: 'failed', actions: 'keepFailure' },
      },
      after: { hashMsMax: { target: 'failed', actions: 'keepDiskTimeout' } },
    },
    /** The server has the digest. */
    comparing: comparing('noteAlreadyThere', ['keepFailure', 'sendBye']),
    sending: sending(
      senderInput,
      {
        ...sendersEvents,
        challenged: movedOrChallenged,
        burst: { guard: 'isDone', target: 'done' },
      },
      'confirming',
      '#put.reconnecting',
    ),
    /** Every record is opened over there; its file is being made durable. */
    confirming: awaiting('confirming', [{ guard: 'isDone', target: 'done' }]),
    /** The link is lost, or the server: says hello until somebody takes it up again. */
    reconnecting: reconnecting(
      'renewSession',
      { guard: 'isNoError', actions: 'forwardToHandshake' },
      [
        { guard: 'isAccepted', target: '#put.sending', actions: 'keepEstablished' },
        { guard: 'isIdentical', target: '#put.done' },
        { guard: 'mustCompare', target: '#put.hashing', actions: 'sendBye' },
        { guard: 'mustWait', target: '#put.comparing' },
        { guard: 'mayPass', target: 'resting' },
        { guard: 'hasFailed', target: '#put.failed', actions: ['keepFailure', 'sendBye'] },
        { target: '#put.failed', actions: ['keepStrangeAnswer', 'sendError'] },
      ],
    ),
    done: { entry: 'sendBye', type: 'final' },
    failed: { type: 'final' },
  },
  output: ({ context }) =>
    context.failure === null
      ? {
          ok: {
            sizeBytes: context.request.entry.sizeBytes,
            alreadyThere: context.alreadyThere,
          },
        }
      : { failed: context.failure },
})

function senderInput(context: PutContext) {
  if (context.established === null) throw new Error('sending before the handshake')
  const { welcome, rttMs, atMs } = context.established
  return {
    ports: context.ports,
    path: context.input.path,
    totalBytes: context.request.entry.sizeBytes,
    datagramBytes: context.input.datagramBytes,
    sizeFixed: context.input.sizeFixed,
    peer: welcome.introduction,
    rttMs,
    atMs,
    provesAddress: true,
    rateBytesPerSMax: context.input.rateBytesPerSMax,
    known: context.input.known,
    opened: welcome.answer.kind === 'accepted' ? welcome.answer.stored : [],
  }
}
