/**
 * Receives every record of a session, has each opened and stored, reports, and at the end makes the
 * whole durable. PROTOCOL "Data", "Status", "Ending".
 */
import { assign, fromPromise, setup } from 'xstate'
import type { BurstEvent, FileEvent, TimeoutEvent } from '../events.ts'
import { type Failure, failureOf, type Outcome } from '../failures.ts'
import { COMMIT_MS_MAX, DISK_MS_MAX } from '../limits.ts'
import { notProvided } from '../not-provided.ts'
import type { Ports } from '../ports.ts'
import { Inbound } from '../recovery/inbound.ts'
import type { InboundInput } from '../recovery/inbound-input.ts'
import type { ReceiverVerdict } from '../recovery/receiver-verdict.ts'

export interface ReceiverInput extends InboundInput {
  readonly ports: Ports
  /** What the bytes belong to, for failures to name. */
  readonly path: string
  /** Bursts that arrived while the target was being opened. */
  readonly held: readonly BurstEvent[]
}

export interface ReceiverContext {
  readonly ports: Ports
  readonly path: string
  readonly inbound: Inbound
  readonly verdict: ReceiverVerdict
  readonly held: readonly BurstEvent[]
  readonly outcome: Outcome<null>
}

export type ReceiverEvent = BurstEvent | TimeoutEvent | FileEvent

const basis = setup({
  types: {} as {
    context: ReceiverContext
    events: ReceiverEvent
    input: ReceiverInput
    output: Outcome<null>
  },
  actors: {
    commit: fromPromise<void, { readonly ports: Ports }>(notProvided('commit')),
  },
  guards: {
    isComplete: ({ context }) => context.verdict.complete,
    isFull: ({ context }) => context.verdict.full,
    isAtFault: ({ context }) => context.verdict.atFault,
    isNotFull: ({ context }) => !context.verdict.full,
    isAsked: ({ event }) => event.type === 'burst' && isAsked(event),
  },
  actions: {
    takeBurst: assign(({ context, event }) =>
      event.type === 'burst'
        ? { verdict: context.inbound.takeData(event.data, isAsked(event), event.atMs) }
        : {},
    ),
    takeTimeout: assign(({ context, event }) =>
      event.type === 'timeout' ? { verdict: context.inbound.takeTimeout(event.timer) } : {},
    ),
    takeStored: assign(({ context, event }) =>
      event.type === 'recordsStored'
        ? { verdict: context.inbound.takeStored(event.records, event.atMs) }
        : {},
    ),
    takeLookedAt: assign(({ context, event }) =>
      event.type === 'targetsLookedAt'
        ? {
            verdict: context.inbound.takeLookedAt(event.sizesBytes, event.spared, event.isLast),
          }
        : {},
    ),
    takeSpared: assign(({ context, event }) =>
      event.type === 'recordsSpared' ? { verdict: context.inbound.takeSpared(event.records) } : {},
    ),
    takeRejected: assign(({ context, event }) =>
      event.type === 'recordsRejected'
        ? { verdict: context.inbound.takeRejected(event.records) }
        : {},
    ),
    takeBlocksRejected: assign(({ context, event }) =>
      event.type === 'blocksRejected'
        ? { verdict: context.inbound.takeBlocksRejected(event.record, event.blocks) }
        : {},
    ),
    keepFault: assign({
      outcome: {
        failed: {
          kind: 'protocolViolated',
          what: 'a record matches its digests and does not open',
        },
      } as const,
    }),
    keepFailure: assign(({ event }) =>
      event.type === 'fileFailed' ? { outcome: { failed: event.failure } } : {},
    ),
    keepCommitFailure: assign((_, params: { readonly error: unknown }) => ({
      outcome: { failed: failureOf(params.error) },
    })),
    keepDiskTimeout: assign(({ context }) => ({
      outcome: { failed: diskTimeout(context.path) },
    })),
    storeSlices: notProvided('storeSlices'),
    openRecords: notProvided('openRecords'),
    compareDigests: notProvided('compareDigests'),
    takeWithdrawals: notProvided('takeWithdrawals'),
    dropSpared: notProvided('dropSpared'),
    sendDueStatus: notProvided('sendDueStatus'),
    sendStoringStatus: notProvided('sendStoringStatus'),
    armTimer: notProvided('armTimer'),
  },
  delays: { diskMsMax: DISK_MS_MAX, commitMsMax: COMMIT_MS_MAX },
})

const takeHeld = basis.enqueueActions(({ context, enqueue }) => {
  for (const burst of context.held) enqueue.raise(burst)
})

export const receiverMachine = basis.extend({ actions: { takeHeld } }).createMachine({
  id: 'receiver',
  context: ({ input }) => {
    const inbound = new Inbound(input)
    return {
      ports: input.ports,
      path: input.path,
      inbound,
      verdict: inbound.begin(),
      held: input.held,
      outcome: { ok: null },
    }
  },
  entry: ['takeHeld', 'sendDueStatus', 'armTimer'],
  initial: 'receiving',
  on: {
    burst: {
      actions: [
        'takeBurst',
        'storeSlices',
        'openRecords',
        'compareDigests',
        'takeWithdrawals',
        'sendDueStatus',
        'armTimer',
      ],
    },
    timeout: { actions: ['takeTimeout', 'sendDueStatus', 'armTimer'] },
    recordsStored: { actions: ['takeStored', 'sendDueStatus', 'armTimer'] },
    targetsLookedAt: { actions: ['takeLookedAt', 'sendDueStatus', 'armTimer'] },
    recordsSpared: { actions: ['takeSpared', 'dropSpared', 'sendDueStatus', 'armTimer'] },
    recordsRejected: { actions: ['takeRejected', 'sendDueStatus', 'armTimer'] },
    blocksRejected: { actions: ['takeBlocksRejected', 'sendDueStatus', 'armTimer'] },
    fileFailed: { target: '.failed', actions: 'keepFailure' },
  },
  states: {
    receiving: {
      always: [
        { guard: 'isAtFault', target: 'failed', actions: 'keepFault' },
        { guard: 'isComplete', target: 'committing' },
        { guard: 'isFull', target: 'full' },
      ],
    },
    /** The disk lags behind; what arrives beyond the window is dropped. */
    full: {
      always: [
        { guard: 'isAtFault', target: 'failed', actions: 'keepFault' },
        { guard: 'isComplete', target: 'committing' },
        { guard: 'isNotFull', target: 'receiving' },
      ],
      on: {
        recordsStored: {
          target: 'full',
          reenter: true,
          actions: ['takeStored', 'sendDueStatus', 'armTimer'],
        },
      },
      after: { diskMsMax: { target: 'failed', actions: 'keepDiskTimeout' } },
    },
    /** Every record is stored; the file is synced and gets its name. */
    committing: {
      invoke: {
        src: 'commit',
        input: ({ context }) => ({ ports: context.ports }),
        onDone: 'finished',
        onError: {
          target: 'failed',
          actions: { type: 'keepCommitFailure', params: ({ event }) => ({ error: event.error }) },
        },
      },
      on: {
        burst: { guard: 'isAsked', actions: 'sendStoringStatus' },
      },
      after: { commitMsMax: { target: 'failed', actions: 'keepDiskTimeout' } },
    },
    finished: { type: 'final' },
    failed: { type: 'final' },
  },
  output: ({ context }) => context.outcome,
})

function isAsked(burst: BurstEvent): boolean {
  return burst.controls.some((control) => control.kind === 'ping')
}

function diskTimeout(path: string): Failure {
  return { kind: 'fileError', path, code: 'ETIMEDOUT' }
}
