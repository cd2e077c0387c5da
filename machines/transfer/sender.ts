/**
 * Sends every record of a session until the peer reports each one opened. Its states say what holds
 * it back at the moment. PROTOCOL "Data", "Status", "Loss and timers".
 */
import { assign, enqueueActions, sendTo, setup } from 'xstate'
import type { AddressEvent, BurstEvent, FileEvent, TimeoutEvent, TransferEvent } from '../events.ts'
import type { Outcome } from '../failures.ts'
import { DATAGRAM_BYTES_MIN, DISK_MS_MAX, INITIAL_DATAGRAMS } from '../limits.ts'
import { notProvided } from '../not-provided.ts'
import type { Ports } from '../ports.ts'
import type { KnownPath } from '../recovery/known-path.ts'
import { Outbound } from '../recovery/outbound.ts'
import type { OutboundInput } from '../recovery/outbound-input.ts'
import type { SenderVerdict } from '../recovery/sender-verdict.ts'
import { congestionMachine } from './congestion.ts'
import { type CongestionInput, initialPace, type PaceChangedEvent } from './congestion-context.ts'
import {
  type PathMtuInput,
  pathMtuMachine,
  type SizeChangedEvent,
  type SizeProbedEvent,
} from './path-mtu.ts'

export interface SenderInput extends OutboundInput {
  readonly ports: Ports
  /** What the bytes belong to, for failures to name. */
  readonly path: string
  readonly rateBytesPerSMax: number
  /** What an earlier session with the same peer found out of the path. */
  readonly known: KnownPath | null
  /** Datagrams keep the size they begin with. */
  readonly sizeFixed: boolean
}

export interface SenderContext {
  readonly ports: Ports
  readonly path: string
  readonly outbound: Outbound
  readonly verdict: SenderVerdict
  readonly congestion: CongestionInput
  readonly pathMtu: PathMtuInput
  readonly outcome: Outcome<null>
}

export type SenderEvent =
  | BurstEvent
  | TimeoutEvent
  | FileEvent
  | TransferEvent
  | AddressEvent
  | PaceChangedEvent
  | SizeChangedEvent
  | SizeProbedEvent

/** What follows from a verdict, whatever brought it. */
const act = ['stepCongestion', 'stepPathMtu', 'readRecords', 'sendSegments', 'armTimer'] as const

/** What is said again until the peer is known to have heard it. */
const repeat = ['sendPing', 'sendManifest', 'sendWithdrawals'] as const

/** What a move of ours, or of the peer, does ahead of the verdict it brings. */
const move = ['takeMove', 'restartCongestion', 'restartPathMtu'] as const

export const senderMachine = setup({
  types: {} as {
    context: SenderContext
    events: SenderEvent
    input: SenderInput
    output: Outcome<null>
  },
  actors: { congestion: congestionMachine, pathMtu: pathMtuMachine },
  guards: {
    isProbe: ({ event }) => event.type === 'timeout' && event.timer === 'probe',
    isFinished: ({ context }) => context.verdict.finished,
    isProbing: ({ context }) => context.verdict.probing,
    isStarved: ({ context }) => context.verdict.limit === 'disk',
    isReceiverLimited: ({ context }) => context.verdict.limit === 'receiver',
    isCongestionLimited: ({ context }) => context.verdict.limit === 'congestion',
    isDrained: ({ context }) => context.verdict.limit === 'drained',
  },
  actions: {
    takeBurst: assign(({ context, event }) => {
      if (event.type !== 'burst') return {}
      const status = event.controls.findLast((control) => control.kind === 'status')
      const { outbound } = context
      // A repeated welcome or hello opens to anybody who recorded it: it is no sign of life.
      if (event.controls.length === 0) return { verdict: outbound.takePause() }
      return {
        verdict: status
          ? outbound.takeStatus(status, event.atMs)
          : outbound.takeSignOfLife(event.atMs),
      }
    }),
    takeTimeout: assign(({ context, event }) =>
      event.type === 'timeout'
        ? { verdict: context.outbound.takeTimeout(event.timer, event.atMs) }
        : {},
    ),
    takeSealed: assign(({ context, event }) =>
      event.type === 'recordsSealed'
        ? { verdict: context.outbound.takeSealed(event.first, event.count) }
        : {},
    ),
    takePause: assign(({ context }) => ({ verdict: context.outbound.takePause() })),
    takePace: assign(({ context, event }) =>
      event.type === 'paceChanged' ? { verdict: context.outbound.takePace(event.pace) } : {},
    ),
    takeSize: assign(({ context, event }) =>
      event.type === 'sizeChanged'
        ? { verdict: context.outbound.takeSize(event.datagramBytes) }
        : {},
    ),
    takeSizeProbe: assign(({ context, event }) =>
      event.type === 'sizeProbed'
        ? { verdict: context.outbound.takeSizeProbe(event.datagramBytes) }
        : {},
    ),
    takeWithdrawal: assign(({ context, event }) =>
      event.type === 'entryFailed' ? { verdict: context.outbound.takeWithdrawal(event) } : {},
    ),
    keepFailure: assign(({ event }) =>
      event.type === 'fileFailed' ? { outcome: { failed: event.failure } } : {},
    ),
    keepDiskTimeout: assign(({ context }) => ({
      outcome: { failed: { kind: 'fileError', path: context.path, code: 'ETIMEDOUT' } as const },
    })),
    /** Nothing known of the old path holds; what was sent to where the peer was is lost as well. */
    takeMove: assign(({ context, event }) => {
      const input = newPath(context, event)
      const pace = initialPace(input)
      const arrives = event.type === 'challenged'
      return { verdict: context.outbound.takeMove(pace, input.rttMs, input.atMs, arrives) }
    }),
    restartCongestion: sendTo('congestion', ({ context, event }) => ({
      type: 'restarted',
      input: newPath(context, event),
    })),
    restartPathMtu: sendTo('pathMtu', { type: 'restarted' }),
    stepCongestion: enqueueActions(({ context, enqueue }) => {
      const { round, crossing, grownBytesPerS, filledBytesPerS } = context.verdict
      if (grownBytesPerS !== null) {
        enqueue.sendTo('congestion', { type: 'grew', rateBytesPerS: grownBytesPerS })
      }
      if (filledBytesPerS !== null) {
        enqueue.sendTo('congestion', { type: 'filled', rateBytesPerS: filledBytesPerS })
      }
      if (crossing !== null) enqueue.sendTo('congestion', { type: crossing })
      if (round !== null) enqueue.sendTo('congestion', { type: 'roundEnded', sample: round })
    }),
    stepPathMtu: enqueueActions(({ context, enqueue }) => {
      const { size } = context.verdict
      if (size !== null) enqueue.sendTo('pathMtu', { type: size })
    }),
    readRecords: notProvided('readRecords'),
    freeRecords: notProvided('freeRecords'),
    sendDigests: notProvided('sendDigests'),
    sendSegments: notProvided('sendSegments'),
    sendPing: notProvided('sendPing'),
    sendManifest: notProvided('sendManifest'),
    sendWithdrawals: notProvided('sendWithdrawals'),
    armTimer: notProvided('armTimer'),
  },
  delays: { diskMsMax: DISK_MS_MAX },
}).createMachine({
  id: 'sender',
  context: ({ input }) => {
    const congestion = {
      rttMs: input.rttMs,
      initialBytes: INITIAL_DATAGRAMS * DATAGRAM_BYTES_MIN,
      atMs: input.atMs,
      known: input.known,
      bounds: {
        rateBytesPerSMax: input.rateBytesPerSMax,
        socketBufferBytes: input.peer.socketBufferBytes,
      },
    }
    const outbound = new Outbound(input, initialPace(congestion))
    return {
      ports: input.ports,
      path: input.path,
      outbound,
      verdict: outbound.takePause(),
      congestion,
      pathMtu: { datagramBytes: input.datagramBytes, fixed: input.sizeFixed },
      outcome: { ok: null },
    }
  },
  invoke: [
    { id: 'congestion', src: 'congestion', input: ({ context }) => context.congestion },
    { id: 'pathMtu', src: 'pathMtu', input: ({ context }) => context.pathMtu },
  ],
  on: {
    burst: { target: '.weighing', actions: ['takeBurst', 'freeRecords', 'sendDigests'] },
    timeout: [
      {
        guard: 'isProbe',
        target: '.weighing',
        actions: ['takeTimeout', ...repeat],
      },
      { target: '.weighing', actions: 'takeTimeout' },
    ],
    recordsSealed: { target: '.weighing', actions: 'takeSealed' },
    entryFailed: { target: '.weighing', actions: ['takeWithdrawal', 'sendWithdrawals'] },
    paused: { target: '.weighing', actions: 'takePause' },
    paceChanged: { target: '.weighing', actions: 'takePace' },
    sizeChanged: { target: '.weighing', actions: 'takeSize' },
    sizeProbed: { target: '.weighing', actions: 'takeSizeProbe' },
    challenged: { target: '.weighing', actions: move },
    addressProved: { target: '.weighing', actions: move },
    fileFailed: { target: '.failed', actions: 'keepFailure' },
  },
  entry: 'sendManifest',
  initial: 'weighing',
  states: {
    /** Passed through with every event: acts on the verdict, then settles on what it says. */
    weighing: {
      entry: act,
      always: [
        { guard: 'isFinished', target: 'finished' },
        { guard: 'isProbing', target: 'probing' },
        { guard: 'isDrained', target: 'draining' },
        { guard: 'isStarved', target: 'starved' },
        { guard: 'isReceiverLimited', target: 'receiverLimited' },
        { guard: 'isCongestionLimited', target: 'congestionLimited' },
        { target: 'pacing' },
      ],
    },
    /** The disk has not read the next record yet; nothing but the disk ends this. */
    starved: {
      on: {
        burst: { actions: ['takeBurst', 'freeRecords', 'sendDigests', ...act] },
        timeout: [
          { guard: 'isProbe', actions: ['takeTimeout', ...repeat, ...act] },
          { actions: ['takeTimeout', ...act] },
        ],
        paused: { actions: ['takePause', ...act] },
        paceChanged: { actions: ['takePace', ...act] },
        sizeChanged: { actions: ['takeSize', ...act] },
        sizeProbed: { actions: ['takeSizeProbe', ...act] },
        challenged: { actions: [...move, ...act] },
        addressProved: { actions: [...move, ...act] },
      },
      after: { diskMsMax: { target: 'failed', actions: 'keepDiskTimeout' } },
    },
    /** The pace alone holds it back, as it should be. */
    pacing: {},
    /** As much is under way as the path carries. */
    congestionLimited: {},
    /** The peer's window is used up. */
    receiverLimited: {},
    /** Nothing was heard for a probe timeout. */
    probing: {},
    /** Everything is sent; waits to hear that all of it was opened. */
    draining: {},
    finished: { type: 'final' },
    failed: { type: 'final' },
  },
  output: ({ context }) => context.outcome,
})

/** What to begin with on another path: a challenge does not tell its round trip, the hello did. */
function newPath({ congestion }: SenderContext, event: SenderEvent): CongestionInput {
  const path = { ...congestion, known: null }
  if (event.type === 'challenged') return { ...path, atMs: event.atMs }
  const { rttMs, atMs } = event as Extract<AddressEvent, { type: 'addressProved' }>
  return { ...path, rttMs, atMs }
}
