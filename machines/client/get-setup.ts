/**
 * What the chart of a get is written in: its events, guards, actions and delays.
 * PROTOCOL "Hello and welcome", "Comparing", "Ending".
 */
import { assign, emit, fromPromise, sendTo, setup } from 'xstate'
import { type BurstEvent, isBurst, type SessionEvent } from '../events.ts'
import type { Failure, Outcome } from '../failures.ts'
import { HELD_BURSTS_MAX, LINGER_MS, QUIET_MS } from '../limits.ts'
import type { Comparison, Entry, FlatRanges, Request } from '../messages.ts'
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
import { actors, delays, guards, hashActors, moveDelays, moveGuards } from './words.ts'

export interface GetInput extends ClientInput {
  /** The file's path at the server. */
  readonly path: string
  /** Its local name. */
  readonly as: string
  readonly replace: boolean
  /** Pass over a file that is here, whatever is in it. */
  readonly skip: boolean
  /** Compare contents even where size and modification time agree. */
  readonly checksum: boolean
}

export interface GetContext {
  readonly input: GetInput
  readonly ports: Ports
  readonly request: Extract<Request, { verb: 'get' }>
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
  | SettledEvent<'hash', string>
  | TransferSettled

export const getSetup = setup({
  types: {} as {
    context: GetContext
    events: GetEvent
    input: GetInput
    output: Outcome<Moved>
    emitted: SettledEmitted<Moved>
  },
  actors: {
    ...actors,
    ...hashActors,
    openTarget: fromPromise<
      TargetOpened,
      {
        readonly ports: Ports
        readonly entry: Entry
        readonly replace: boolean
        readonly comparison: Comparison
      }
    >(notProvided('openTarget')),
    receiver: receiverMachine,
  },
  guards: {
    ...guards,
    ...moveGuards,
    isOffered: ({ event }) => answerIn(event)?.kind === 'sending',
    mustCompare: ({ event }) =>
      event.type === 'xstate.done.actor.openTarget' && event.output.kind === 'compare',
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
    keepDigest: assign(({ context, event }) =>
      event.type === 'xstate.done.actor.hash'
        ? { request: { ...context.request, digest: event.output } }
        : {},
    ),
    /** What is in the way is the file here, by its name here. */
    keepDifference: assign(({ context, event }) => {
      const failure = failureIn(event)
      return failure?.kind === 'exists'
        ? { failure: { kind: 'exists', path: context.input.as } as const }
        : { failure }
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
      isBurst(event) && event.data.count > 0
        ? { held: [...context.held, event].slice(0, HELD_BURSTS_MAX) }
        : {},
    ),
    forwardToHandshake: sendTo('handshake', ({ event }) => event),
    forwardToTransfer: sendTo('transfer', ({ event }) => event),
    announceSettled: emit(({ context }) => ({
      type: 'settled' as const,
      outcome: outcomeOf(context),
    })),
    renewSession: notProvided('renewSession'),
    sendPing: notProvided('sendPing'),
    sendDone: notProvided('sendDone'),
    sendResponse: notProvided('sendResponse'),
    sendBye: notProvided('sendBye'),
    sendError: notProvided('sendError'),
    stopTransfer: notProvided('stopTransfer'),
  },
  delays: {
    ...delays,
    ...moveDelays,
    lingerMs: LINGER_MS,
  },
})

export function outcomeOf({ failure, entry, alreadyThere }: GetContext): Outcome<Moved> {
  return failure === null
    ? { ok: { sizeBytes: entry.sizeBytes, alreadyThere } }
    : { failed: failure }
}
