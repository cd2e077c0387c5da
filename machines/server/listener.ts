/**
 * Decides who may open a session and when the server ends. It only counts sessions; each runs as an
 * actor of its own. PROTOCOL "Refusals", "Ending".
 */
import { type ActorRefFrom, assign, fromPromise, setup } from 'xstate'
import { type Failure, failureOf, type Outcome } from '../failures.ts'
import { BIND_MS_MAX, DRAIN_MS_MAX } from '../limits.ts'
import { notProvided } from '../not-provided.ts'
import type { SettledEvent } from '../settled.ts'

export interface ListenerInput {
  readonly sessionsMax: number
  /** The runtime's own handle, for the actions it provides. */
  readonly server: object
}

export interface ListenerContext {
  readonly sessionsMax: number
  readonly server: object
  /** Sessions that have not closed yet, those of `exits` included. */
  readonly sessions: number
  /** Sessions that wait for the others to end. */
  readonly exits: number
  readonly failure: Failure | null
}

/** What the runtime tells the listener. */
export type ListenerEvent =
  /** A hello that opened and belongs to no session yet; `arrival` is for the provided actions. */
  | { readonly type: 'helloArrived'; readonly arrival: object }
  | { readonly type: 'exitProved' }
  | { readonly type: 'sessionClosed'; readonly wasExit: boolean }
  /** The server's own user wants it to end gracefully, or at once. */
  | { readonly type: 'drain' }
  | { readonly type: 'stop' }

export const listenerMachine = setup({
  types: {} as {
    context: ListenerContext
    events: ListenerEvent | SettledEvent<'bind', void>
    input: ListenerInput
    output: Outcome<null>
  },
  actors: {
    bind: fromPromise<void, { readonly server: object }>(notProvided('bind')),
  },
  guards: {
    isFull: ({ context }) => context.sessions >= context.sessionsMax,
    isEmpty: ({ context }) => context.sessions === 0,
  },
  actions: {
    countOpened: assign({ sessions: ({ context }) => context.sessions + 1 }),
    countExit: assign({ exits: ({ context }) => context.exits + 1 }),
    countClosed: assign(({ context, event }) => ({
      sessions: context.sessions - 1,
      exits: context.exits - (event.type === 'sessionClosed' && event.wasExit ? 1 : 0),
    })),
    keepFailure: assign(({ event }) =>
      event.type === 'xstate.error.actor.bind' ? { failure: failureOf(event.error) } : {},
    ),
    keepBindTimeout: assign({ failure: { kind: 'socketError', code: 'ETIMEDOUT' } as const }),
    openSession: notProvided('openSession'),
    refuseFull: notProvided('refuseFull'),
    refuseDraining: notProvided('refuseDraining'),
    hurrySessions: notProvided('hurrySessions'),
    tellExits: notProvided('tellExits'),
  },
  delays: { bindMsMax: BIND_MS_MAX, drainMsMax: DRAIN_MS_MAX },
}).createMachine({
  id: 'listener',
  context: ({ input }) => ({
    sessionsMax: input.sessionsMax,
    server: input.server,
    sessions: 0,
    exits: 0,
    failure: null,
  }),
  on: {
    stop: '.closed',
    sessionClosed: { actions: 'countClosed' },
  },
  initial: 'opening',
  states: {
    opening: {
      invoke: {
        id: 'bind',
        src: 'bind',
        input: ({ context }) => ({ server: context.server }),
        onDone: 'listening',
        onError: { target: 'closed', actions: 'keepFailure' },
      },
      after: { bindMsMax: { target: 'closed', actions: 'keepBindTimeout' } },
    },
    listening: {
      tags: 'patient',
      on: {
        helloArrived: [
          { guard: 'isFull', actions: 'refuseFull' },
          { actions: ['countOpened', 'openSession'] },
        ],
        exitProved: { target: 'draining', actions: 'countExit' },
        drain: 'draining',
      },
    },
    /** Takes no new sessions; those under way finish. */
    draining: {
      entry: ['hurrySessions', 'tellExits'],
      always: { guard: 'isEmpty', target: 'closed' },
      on: {
        helloArrived: { actions: 'refuseDraining' },
        exitProved: { actions: ['countExit', 'tellExits'] },
        sessionClosed: { actions: ['countClosed', 'tellExits'] },
      },
      after: { drainMsMax: 'closed' },
    },
    closed: { type: 'final' },
  },
  output: ({ context }) => (context.failure === null ? { ok: null } : { failed: context.failure }),
})

export type ListenerRef = ActorRefFrom<typeof listenerMachine>
