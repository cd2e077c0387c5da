/**
 * What the chart of a get of several files is written in: its events, guards, actions and delays.
 * PROTOCOL "Batches", "Ending".
 */
import { assign, emit, sendTo, setup } from 'xstate'
import { type BurstEvent, carried, isBurst, type SessionEvent } from '../events.ts'
import type { Failure, Outcome } from '../failures.ts'
import { CONFIRM_REPEAT_MS, LINGER_MS, QUIET_MS } from '../limits.ts'
import type { NamesRequest } from '../messages.ts'
import { notProvided } from '../not-provided.ts'
import type { SettledEmitted } from '../outcomes.ts'
import type { Ports } from '../ports.ts'
import {
  answerIn,
  establishedIn,
  failureIn,
  type HandshakeSettled,
  type TransferSettled,
} from '../settled.ts'
import { receiverMachine } from '../transfer/receiver.ts'
import { senderMachine } from '../transfer/sender.ts'
import type { Established } from './handshake.ts'
import type { ClientInput } from './input.ts'
import { actors, delays, guards, moveDelays } from './words.ts'

export interface GetAllInput extends ClientInput {
  /** What the names of the files take; 0 when there are none to ask for. */
  readonly namesBytes: number
}

export interface GetAllContext {
  readonly input: GetAllInput
  readonly ports: Ports
  readonly request: NamesRequest
  readonly established: Established | null
  /** What the manifest takes, once that is known. */
  readonly manifestBytes: number
  /** The burst that told it. */
  readonly held: readonly BurstEvent[]
  readonly failure: Failure | null
}

export const getAllSetup = setup({
  types: {} as {
    context: GetAllContext
    events: SessionEvent | HandshakeSettled | TransferSettled
    input: GetAllInput
    output: Outcome<null>
    emitted: SettledEmitted<null>
  },
  actors: { ...actors, sender: senderMachine, receiver: receiverMachine },
  guards: {
    ...guards,
    isEmpty: ({ context }) => context.input.namesBytes === 0,
    isAccepted: ({ event }) => answerIn(event)?.kind === 'accepted',
    isOffer: ({ event }) =>
      carried(event, 'manifest') !== undefined && carried(event, 'error') === undefined,
    isForTransfer: ({ event }) =>
      carried(event, 'manifest') === undefined && carried(event, 'error') === undefined,
  },
  actions: {
    keepEstablished: assign(({ event }) => ({ established: establishedIn(event) })),
    keepOffer: assign(({ event }) => ({
      manifestBytes: carried(event, 'manifest')?.manifestBytes ?? 0,
      held: isBurst(event) ? [event] : [],
    })),
    keepFailure: assign(({ event }) => ({ failure: failureIn(event) })),
    keepStrangeAnswer: assign({
      failure: { kind: 'protocolViolated', what: 'the answer does not fit a get' } as const,
    }),
    keepLinkLost: assign(({ context }) => ({
      failure: { kind: 'linkLost', silentMs: QUIET_MS + context.input.patienceMs } as const,
    })),
    forwardToHandshake: sendTo('handshake', ({ event }) => event),
    forwardToTransfer: sendTo('transfer', ({ event }) => event),
    announceSettled: emit(({ context }) => ({
      type: 'settled' as const,
      outcome: outcomeOf(context),
    })),
    openBatch: notProvided('openBatch'),
    renewSession: notProvided('renewSession'),
    sendPing: notProvided('sendPing'),
    sendDone: notProvided('sendDone'),
    sendResponse: notProvided('sendResponse'),
    sendBye: notProvided('sendBye'),
    sendError: notProvided('sendError'),
    stopTransfer: notProvided('stopTransfer'),
  },
  delays: {
    patienceMs: delays.patienceMs,
    livelyMs: delays.livelyMs,
    quietMs: delays.quietMs,
    restMs: moveDelays.restMs,
    idleMs: moveDelays.idleMs,
    silenceMs: moveDelays.silenceMs,
    lingerMs: LINGER_MS,
    confirmRepeatMs: CONFIRM_REPEAT_MS,
  },
})

export function outcomeOf({ failure }: GetAllContext): Outcome<null> {
  return failure === null ? { ok: null } : { failed: failure }
}

export function senderInput(context: GetAllContext) {
  if (context.established === null) throw new Error('naming before the handshake')
  const { welcome, rttMs, atMs } = context.established
  const { datagramBytes, sizeFixed, rateBytesPerSMax, known } = context.input
  return {
    ports: context.ports,
    path: '.',
    totalBytes: context.request.namesBytes,
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

export function receiverInput(context: GetAllContext) {
  const [offer] = context.held
  if (context.established === null || offer === undefined) throw new Error('nothing is offered')
  return {
    ports: context.ports,
    path: '.',
    totalBytes: context.manifestBytes,
    isManifest: true,
    windowRecords: context.input.introduction.windowRecords,
    rttMs: context.established.rttMs,
    atMs: offer.atMs,
    held: context.held,
  }
}
