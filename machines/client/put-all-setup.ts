/**
 * What the chart of a put of several files is written in: its events, guards, actions and delays.
 * PROTOCOL "Batches", "Ending".
 */
import { assign, fromPromise, sendTo, setup } from 'xstate'
import { carried, type SessionEvent } from '../events.ts'
import type { Failure, Outcome } from '../failures.ts'
import { CONFIRM_REPEAT_MS, LOOK_MS_MAX, MOVE_AGAIN_MS, QUIET_MS } from '../limits.ts'
import type { BatchRequest, ResultRun } from '../messages.ts'
import { notProvided } from '../not-provided.ts'
import type { Ports } from '../ports.ts'
import {
  answerIn,
  establishedIn,
  failureIn,
  type HandshakeSettled,
  type SettledEvent,
  type TransferSettled,
} from '../settled.ts'
import { senderMachine } from '../transfer/sender.ts'
import type { Established } from './handshake.ts'
import type { ClientInput } from './input.ts'
import { actors, delays, guards, moveDelays, moveGuards } from './words.ts'

export interface PutAllInput extends ClientInput {
  readonly replace: boolean
  /** Compare contents even where size and modification time agree. */
  readonly checksum: boolean
}

/** What a look at the files to put comes to. Those that cannot be read are not among them. */
export interface Manifest {
  readonly manifestBytes: number
  /** Of each entry, in order. */
  readonly sizesBytes: readonly number[]
}

/** What a put of several files came to: an entry that no run names was stored. */
export interface Delivered {
  readonly results: readonly ResultRun[]
}

export interface PutAllContext {
  readonly input: PutAllInput
  readonly ports: Ports
  readonly request: BatchRequest
  readonly sizesBytes: readonly number[]
  readonly established: Established | null
  /** When this side began anew because it may have moved. */
  readonly movedAtMs: number
  /** Of the entries before `resultsTo`. */
  readonly results: readonly ResultRun[]
  readonly resultsTo: number
  readonly failure: Failure | null
}

type PutAllEvent =
  | SessionEvent
  | SettledEvent<'openSources', Manifest>
  | HandshakeSettled
  | TransferSettled

export const putAllSetup = setup({
  types: {} as {
    context: PutAllContext
    events: PutAllEvent
    input: PutAllInput
    output: Outcome<Delivered>
  },
  actors: {
    ...actors,
    openSources: fromPromise<Manifest, { readonly ports: Ports }>(notProvided('openSources')),
    sender: senderMachine,
  },
  guards: {
    ...guards,
    isEmpty: ({ event }) =>
      event.type === 'xstate.done.actor.openSources' && event.output.sizesBytes.length === 0,
    isAccepted: ({ event }) => answerIn(event)?.kind === 'accepted',
    isDone: moveGuards.isDone,
    isDoneWithExceptions: ({ event }) =>
      moveGuards.isDone({ event }) && carried(event, 'done')?.exceptions !== undefined,
    mayHaveMoved: ({ context, event }) =>
      event.type === 'challenged' && event.atMs - context.movedAtMs >= MOVE_AGAIN_MS,
    /** The answer to the last question, and the last answer of all. */
    isLastAnswer: ({ context, event }) => {
      const results = carried(event, 'results')
      return results?.from === context.resultsTo && results.to >= context.sizesBytes.length
    },
    isAnswer: ({ context, event }) => carried(event, 'results')?.from === context.resultsTo,
    isForTransfer: ({ event }) =>
      carried(event, 'done') === undefined && carried(event, 'error') === undefined,
  },
  actions: {
    keepManifest: assign(({ context, event }) =>
      event.type === 'xstate.done.actor.openSources'
        ? {
            request: { ...context.request, manifestBytes: event.output.manifestBytes },
            sizesBytes: event.output.sizesBytes,
          }
        : {},
    ),
    keepEstablished: assign(({ event }) => ({
      established: establishedIn(event),
      movedAtMs: Number.NEGATIVE_INFINITY,
    })),
    keepMoveTime: assign(({ event }) =>
      event.type === 'challenged' ? { movedAtMs: event.atMs } : {},
    ),
    keepResults: assign(({ context, event }) => {
      const results = carried(event, 'results')
      if (results === undefined) return {}
      return { results: [...context.results, ...results.runs], resultsTo: results.to }
    }),
    /** Another session looks at every entry anew. */
    dropResults: assign({ results: [], resultsTo: 0 }),
    keepFailure: assign(({ event }) => ({ failure: failureIn(event) })),
    keepStrangeAnswer: assign({
      failure: { kind: 'protocolViolated', what: 'the answer does not fit a put' } as const,
    }),
    keepLinkLost: assign(({ context }) => ({
      failure: { kind: 'linkLost', silentMs: QUIET_MS + context.input.patienceMs } as const,
    })),
    keepDiskTimeout: assign({
      failure: { kind: 'fileError', path: '.', code: 'ETIMEDOUT' } as const,
    }),
    forwardToHandshake: sendTo('handshake', ({ event }) => event),
    forwardToTransfer: sendTo('transfer', ({ event }) => event),
    renewSession: notProvided('renewSession'),
    sendPing: notProvided('sendPing'),
    sendQuestion: notProvided('sendQuestion'),
    sendResponse: notProvided('sendResponse'),
    sendBye: notProvided('sendBye'),
    sendError: notProvided('sendError'),
    stopTransfer: notProvided('stopTransfer'),
  },
  delays: {
    ...delays,
    // All files are looked at in the one state that waits for the disk.
    diskMsMax: LOOK_MS_MAX,
    restMs: moveDelays.restMs,
    idleMs: moveDelays.idleMs,
    silenceMs: moveDelays.silenceMs,
    confirmRepeatMs: CONFIRM_REPEAT_MS,
  },
})

export function senderInput(context: PutAllContext) {
  if (context.established === null) throw new Error('sending before the handshake')
  const { welcome, rttMs, atMs } = context.established
  const { datagramBytes, sizeFixed, rateBytesPerSMax, known } = context.input
  return {
    ports: context.ports,
    path: '.',
    totalBytes: context.request.manifestBytes,
    entries: context.sizesBytes,
    datagramBytes,
    sizeFixed,
    peer: welcome.introduction,
    rttMs,
    atMs,
    provesAddress: true,
    rateBytesPerSMax,
    known,
  }
}
