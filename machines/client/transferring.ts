/**
 * What the states in which a client sends, receives, or waits for word of what it sent, have in
 * common. XState checks the names in them against each chart that they are put into.
 * PROTOCOL "Data", "Status", "Ending".
 */
import { type AfterSilence, hearing, receiversEvents } from '../transfer/hosting.ts'

interface Told<Context> {
  readonly context: Context
}

/** What a sender makes of a challenge: its own address may be another one by now. PROTOCOL "Moving". */
export const movedOrChallenged = [
  { guard: 'mayHaveMoved', actions: ['sendResponse', 'keepMoveTime', 'forwardToTransfer'] },
  { actions: 'sendResponse' },
] as const

/** Runs the sender: `on` is what may happen meanwhile, `next` follows once all of it arrived. */
export function sending<
  Context,
  Input,
  const On,
  const Next extends string,
  const Idle extends string,
>(inputOf: (context: Context) => Input, on: On, next: Next, idle: Idle) {
  return {
    exit: 'stopTransfer',
    invoke: {
      id: 'transfer',
      src: 'sender',
      input: ({ context }: Told<Context>) => inputOf(context),
      onDone: [
        { guard: 'hasFailed', target: 'failed', actions: ['keepFailure', 'sendError'] },
        { target: next },
      ],
    },
    on,
    initial: 'lively',
    states: hearing('isForTransfer', { idleMs: idle }, {}),
  } as const
}

/** Runs the receiver: `next` follows once all of it is stored, `silence` when nothing comes. */
export function receiving<
  Context,
  Input,
  const Next extends string,
  const Silence extends AfterSilence,
>(inputOf: (context: Context) => Input, next: Next, silence: Silence) {
  return {
    exit: 'stopTransfer',
    invoke: {
      id: 'transfer',
      src: 'receiver',
      input: ({ context }: Told<Context>) => inputOf(context),
      onDone: [
        { guard: 'hasFailed', target: 'failed', actions: ['keepFailure', 'sendError'] },
        { target: next },
      ],
    },
    on: receiversEvents,
    initial: 'lively',
    states: hearing('isNoError', silence, {}),
  } as const
}

/** Waits in the state `own` for what `heard` tells, and asks for it as long as the server is there. */
export function awaiting<const Own extends string, const Heard extends readonly unknown[]>(
  own: Own,
  heard: Heard,
) {
  return {
    on: { burst: [...heard, { guard: 'isForTransfer', target: own, reenter: true }] },
    initial: 'asking',
    states: {
      asking: {
        after: { confirmRepeatMs: { target: 'asking', reenter: true, actions: 'sendPing' } },
      },
    },
    after: { silenceMs: 'reconnecting' },
  } as const
}
