/**
 * What the chart of a server session is written in: its events, guards, actions and delays.
 * PROTOCOL "Hello and welcome", "Data", "Ending".
 */
import { assign, emit, fromEventObservable, fromPromise, sendTo, setup } from 'xstate'
import { carried, isBurst, type SessionEvent } from '../events.ts'
import type { Outcome } from '../failures.ts'
import {
  DISK_MS_MAX,
  DRAIN_MS_MAX,
  DRAINING_REPEAT_MS,
  HASH_MS_MAX,
  HELD_BURSTS_MAX,
  LAST_WORD_REPEATS_MAX,
  LINGER_MS,
  LIVELY_MS,
  PROOF_MS_MAX,
  QUIET_MS,
  TURN_MS,
} from '../limits.ts'
import type { Answer, Request } from '../messages.ts'
import { notProvided } from '../not-provided.ts'
import type { Moved, SettledEmitted, TargetOpened } from '../outcomes.ts'
import type { Ports } from '../ports.ts'
import { failureIn, type SettledEvent, type TransferSettled } from '../settled.ts'
import { receiverMachine } from '../transfer/receiver.ts'
import { senderMachine } from '../transfer/sender.ts'
import {
  hasTarget,
  lastWordRepeatMsOf,
  outcomeOf,
  pathOf,
  patienceMsOf,
  type ServerSessionContext,
  type ServerSessionInput,
  type TargetRequest,
} from './session-context.ts'

type ServerSessionEvent =
  | SessionEvent
  | SettledEvent<'look', Answer>
  | SettledEvent<'openTarget', TargetOpened>
  | SettledEvent<'compare', void>
  | TransferSettled

export const sessionSetup = setup({
  types: {} as {
    context: ServerSessionContext
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
      { readonly ports: Ports; readonly request: TargetRequest }
    >(notProvided('openTarget')),
    /** Resolves if the contents are the same; else it rejects with a FailureError, `exists`. */
    compare: fromPromise<void, { readonly ports: Ports; readonly request: Request }>(
      notProvided('compare'),
    ),
    sender: senderMachine,
    receiver: receiverMachine,
  },
  guards: {
    hasFailed: ({ event }) => failureIn(event) !== null,
    isAnswered: ({ event }) =>
      event.type === 'xstate.done.actor.look' &&
      ['refused', 'identical', 'compare', 'listed'].includes(event.output.kind),
    /** It may send at once what it has. */
    isOffer: ({ context, event }) =>
      event.type === 'xstate.done.actor.look' &&
      ['sending', 'manifest'].includes(event.output.kind) &&
      context.windowRecords > 0,
    hasTarget: ({ context }) => hasTarget(context.request),
    isIdentical: ({ event }) =>
      event.type === 'xstate.done.actor.openTarget' && event.output.kind === 'identical',
    /** What came here were names, and their files are looked at. */
    hasOffer: ({ context }) => context.offer !== null,
    isHelloAgain: ({ event }) => isBurst(event) && event.hellos > 0 && event.controls.length === 0,
    isProofToCompare: ({ context, event }) =>
      isProof(event) && context.answer?.kind === 'comparing',
    isProofToOpen: ({ context, event }) => isProof(event) && hasTarget(context.request),
    /** Of a session that has no turn yet. */
    isProofToQueue: ({ context, event }) => isProof(event) && context.windowRecords === 0,
    /** Data that overtook the proof, or came where that was lost; nobody may send before its turn. */
    isEarly: ({ context, event }) =>
      context.windowRecords > 0 && isBurst(event) && event.data.count > 0,
    isProofOfExit: ({ context, event }) => isProof(event) && context.request.verb === 'exit',
    isDone: ({ event }) =>
      carried(event, 'done') !== undefined && carried(event, 'error') === undefined,
    isOver: ({ event }) =>
      carried(event, 'bye') !== undefined || carried(event, 'error') !== undefined,
    isNoError: ({ event }) => carried(event, 'error') === undefined,
    isForReceiver: ({ event }) =>
      isBurst(event) &&
      event.data.count + event.controls.length > 0 &&
      carried(event, 'error') === undefined,
    isForTransfer: ({ event }) =>
      isProof(event) &&
      (['error', 'done', 'bye'] as const).every((kind) => carried(event, kind) === undefined),
    isAsked: ({ event }) =>
      isBurst(event) && (event.data.count > 0 || carried(event, 'ping') !== undefined),
    isQuestion: ({ event }) => carried(event, 'question') !== undefined,
    mayRepeat: ({ context }) => context.lastWordRepeats < LAST_WORD_REPEATS_MAX,
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
    keepAdmission: assign(({ event }) =>
      event.type === 'admitted'
        ? { windowRecords: event.windowRecords, admittedAtMs: event.atMs }
        : {},
    ),
    keepFailure: assign(({ event }) => ({ failure: failureIn(event) })),
    keepNoProof: assign({ failure: { kind: 'noAnswer', waitedMs: PROOF_MS_MAX } as const }),
    keepLinkLost: assign(({ context }) => ({
      failure: { kind: 'linkLost', silentMs: QUIET_MS + patienceMsOf(context) } as const,
    })),
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
    keepStored: assign(({ event }) =>
      event.type === 'xstate.done.actor.openTarget' && event.output.kind === 'opened'
        ? { stored: event.output.stored }
        : {},
    ),
    countBatchBytes: assign(({ context, event }) =>
      event.type === 'targetsLookedAt'
        ? { batchBytes: event.sizesBytes.reduce((sum, bytes) => sum + bytes, context.batchBytes) }
        : {},
    ),
    keepOffer: assign(({ event }) =>
      event.type === 'sourcesOpened'
        ? { offer: event, batchBytes: event.sizesBytes.reduce((sum, bytes) => sum + bytes, 0) }
        : {},
    ),
    keepDraining: assign({ draining: true }),
    countRepeat: assign(({ context }) => ({ lastWordRepeats: context.lastWordRepeats + 1 })),
    forgetRepeats: assign({ lastWordRepeats: 0 }),
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
    supersede: notProvided('supersede'),
    sendChallenge: notProvided('sendChallenge'),
    takeAddress: notProvided('takeAddress'),
    joinQueue: notProvided('joinQueue'),
    sendQueued: notProvided('sendQueued'),
    endTurn: notProvided('endTurn'),
    startDraining: notProvided('startDraining'),
    sendDraining: notProvided('sendDraining'),
    sendComparing: notProvided('sendComparing'),
    sendLastWord: notProvided('sendLastWord'),
    sendResults: notProvided('sendResults'),
    sendBye: notProvided('sendBye'),
    sendError: notProvided('sendError'),
    stopTransfer: notProvided('stopTransfer'),
  },
  delays: {
    diskMsMax: DISK_MS_MAX,
    hashMsMax: HASH_MS_MAX,
    livelyMs: LIVELY_MS,
    quietMs: QUIET_MS,
    patienceMs: ({ context }) => patienceMsOf(context),
    proofMsMax: PROOF_MS_MAX,
    turnMs: TURN_MS,
    lastWordRepeatMs: ({ context }) => lastWordRepeatMsOf(context),
    lingerMs: LINGER_MS,
    drainingRepeatMs: DRAINING_REPEAT_MS,
    drainMsMax: DRAIN_MS_MAX,
  },
})

function isProof(event: { readonly type: string }): boolean {
  return (['ping', 'status', 'done'] as const).some((kind) => carried(event, kind) !== undefined)
}
