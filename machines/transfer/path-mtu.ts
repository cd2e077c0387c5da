/**
 * Finds how large a datagram the path carries (RFC 8899): climbs by probes, which are ordinary data
 * datagrams of the next size, and falls back when a size goes black. PROTOCOL "Loss and timers".
 */
import { assign, sendParent, setup } from 'xstate'
import { CLIMB_AGAIN_MS, DATAGRAM_BYTES_STEPS, SIZE_PROBES_MAX } from '../limits.ts'

export interface PathMtuInput {
  /** UDP payload to begin with. */
  readonly datagramBytes: number
  /** The size is given: nothing is tried. */
  readonly fixed: boolean
}

export interface PathMtuContext extends PathMtuInput {
  /** Probes of the next size that were lost so far. */
  readonly lost: number
}

export type PathMtuEvent =
  | { readonly type: 'probeAcknowledged' }
  | { readonly type: 'probeLost' }
  /** Found per burst: nothing of this size arrives any more, while smaller datagrams may. */
  | { readonly type: 'wentBlack' }
  /** The peer moved: the path is another one. */
  | { readonly type: 'restarted' }

/** Asks the sender to make one data datagram this large. */
export interface SizeProbedEvent {
  readonly type: 'sizeProbed'
  readonly datagramBytes: number
}

/** Told to the sender: data datagrams are to be this large from now on. */
export interface SizeChangedEvent {
  readonly type: 'sizeChanged'
  readonly datagramBytes: number
}

/** The size after this one; undefined at the top. */
function nextSize(datagramBytes: number): number | undefined {
  return DATAGRAM_BYTES_STEPS.find((step) => step > datagramBytes)
}

export const pathMtuMachine = setup({
  types: {} as { context: PathMtuContext; events: PathMtuEvent; input: PathMtuInput },
  guards: {
    isFixed: ({ context }) => context.fixed,
    isAtTop: ({ context }) => nextSize(context.datagramBytes) === undefined,
    isLostForGood: ({ context }) => context.lost >= SIZE_PROBES_MAX,
  },
  actions: {
    countLost: assign(({ context }) => ({ lost: context.lost + 1 })),
    forgetLost: assign({ lost: 0 }),
    takeNextSize: assign(({ context }) => ({
      datagramBytes: nextSize(context.datagramBytes) ?? context.datagramBytes,
    })),
    takeLeastSize: assign({ datagramBytes: DATAGRAM_BYTES_STEPS[0] }),
    answerSize: sendParent(({ context }) => ({
      type: 'sizeChanged',
      datagramBytes: context.datagramBytes,
    })),
    askProbe: sendParent(({ context }) => ({
      type: 'sizeProbed',
      datagramBytes: nextSize(context.datagramBytes) ?? context.datagramBytes,
    })),
  },
  delays: { climbAgainMs: CLIMB_AGAIN_MS },
}).createMachine({
  id: 'pathMtu',
  context: ({ input }) => ({ ...input, lost: 0 }),
  on: {
    restarted: [
      { guard: 'isFixed' },
      {
        target: '.choosing',
        reenter: true,
        actions: ['takeLeastSize', 'forgetLost', 'answerSize'],
      },
    ],
  },
  initial: 'choosing',
  states: {
    /** Passed through after every probe. */
    choosing: {
      always: [
        { guard: 'isFixed', target: 'fixed' },
        { guard: 'isAtTop', target: 'complete' },
        { guard: 'isLostForGood', target: 'complete' },
        { target: 'searching' },
      ],
    },
    searching: {
      entry: 'askProbe',
      on: {
        probeAcknowledged: {
          target: 'choosing',
          actions: ['takeNextSize', 'forgetLost', 'answerSize'],
        },
        probeLost: { target: 'choosing', actions: 'countLost' },
        wentBlack: { target: 'base', actions: ['takeLeastSize', 'answerSize'] },
      },
    },
    /** As large as it gets for now. */
    complete: {
      on: { wentBlack: { target: 'base', actions: ['takeLeastSize', 'answerSize'] } },
    },
    /** The larger size arrives no more; the path may have changed, and change again. */
    base: { after: { climbAgainMs: { target: 'choosing', actions: 'forgetLost' } } },
    /** As large as was asked for. */
    fixed: {},
  },
})
