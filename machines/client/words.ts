/** What the charts of all client sessions are written in. */
import { type AnyEventObject, fromEventObservable, fromPromise } from 'xstate'
import { carried, isBurst, type SessionEvent } from '../events.ts'
import {
  ASK_REPEAT_MS,
  DISK_MS_MAX,
  HASH_MS_MAX,
  LIVELY_MS,
  QUIET_MS,
  RECONNECT_REST_MS,
} from '../limits.ts'
import type { Comparison } from '../messages.ts'
import { notProvided } from '../not-provided.ts'
import type { Ports } from '../ports.ts'
import { answerIn, failureIn, isPassing } from '../settled.ts'
import { type Established, handshakeMachine, idleMsOf } from './handshake.ts'

export interface HashInput {
  readonly ports: Ports
  readonly path: string
}

/** Reads the local file and comes to its SHA-256 in hex. */
export const hashActors = { hash: fromPromise<string, HashInput>(notProvided('hash')) }

export const actors = {
  session: fromEventObservable<SessionEvent, { readonly ports: Ports }>(notProvided('session')),
  handshake: handshakeMachine,
}

interface Told {
  readonly event: AnyEventObject
}

export const guards = {
  hasFailed: ({ event }: Told) => failureIn(event) !== null,
  /** A reconnect that failed in a way that may pass. */
  mayPass: ({ event }: Told) => {
    const failure = failureIn(event)
    return failure !== null && isPassing(failure)
  },
  isNoError: ({ event }: Told) => carried(event, 'error') === undefined,
  /** The peer has said its last word. */
  isOver: ({ event }: Told) =>
    carried(event, 'bye') !== undefined || carried(event, 'error') !== undefined,
  /** The peer has not heard our last word yet. */
  isAsked: ({ event }: Told) =>
    isBurst(event) && (event.data.count > 0 || carried(event, 'ping') !== undefined),
}

interface Comparing extends Told {
  readonly context: {
    readonly input: { readonly skip: boolean }
    readonly request: Comparison
  }
}

/** What a session that moves a file asks besides. */
export const moveGuards = {
  maySkip: ({ context, event }: Comparing) =>
    context.input.skip && failureIn(event)?.kind === 'exists',
  /** The digest that was said is compared; it takes a while. */
  mustWait: ({ context, event }: Comparing) =>
    answerIn(event)?.kind === 'comparing' && context.request.digest !== undefined,
  isStillComparing: ({ event }: Told) => carried(event, 'comparing') !== undefined,
  isDone: ({ event }: Told) =>
    carried(event, 'done') !== undefined && carried(event, 'error') === undefined,
}

interface Remembered {
  readonly context: {
    readonly input: { readonly patienceMs: number }
    readonly established: Established | null
  }
}

export const delays = {
  diskMsMax: DISK_MS_MAX,
  livelyMs: LIVELY_MS,
  quietMs: QUIET_MS,
  patienceMs: ({ context }: Remembered) => context.input.patienceMs,
}

/** What a session that moves a file waits for besides. */
export const moveDelays = {
  hashMsMax: HASH_MS_MAX,
  restMs: RECONNECT_REST_MS,
  idleMs: ({ context }: Remembered) => idleMsOf(context.established),
  askRepeatMs: ASK_REPEAT_MS,
  silenceMs: ({ context }: Remembered) => QUIET_MS + idleMsOf(context.established),
}
