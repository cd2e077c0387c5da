/**
 * Puts several files: looks at them, says hello, sends their manifest and then their records, waits
 * for the word that they are stored, and asks what became of those that were not.
 * PROTOCOL "Batches", "Ending".
 */
import { sendersEvents } from '../transfer/hosting.ts'
import { greeting, reconnecting } from './greeting.ts'
import { putAllSetup, senderInput } from './put-all-setup.ts'
import { awaiting, movedOrChallenged, sending } from './transferring.ts'

/** The server's word that all is done, but for what it tells of when asked. */
const stored = [
  { guard: 'isDoneWithExceptions', target: 'collecting' },
  { guard: 'isDone', target: 'done' },
] as const

export const putAllMachine = putAllSetup.createMachine({
  id: 'putAll',
  context: ({ input }) => ({
    input,
    ports: input.ports,
    request: {
      verb: 'putAll',
      manifestBytes: 0,
      replace: input.replace,
      checksum: input.checksum,
    },
    sizesBytes: [],
    established: null,
    movedAtMs: Number.NEGATIVE_INFINITY,
    results: [],
    resultsTo: 0,
    failure: null,
  }),
  invoke: { id: 'session', src: 'session', input: ({ context }) => ({ ports: context.ports }) },
  on: {
    challenged: { actions: 'sendResponse' },
    cancel: { target: '.failed', actions: ['keepFailure', 'sendError'] },
    burst: { guard: 'hasFailed', target: '.failed', actions: ['keepFailure', 'sendBye'] },
  },
  initial: 'opening',
  states: {
    opening: {
      invoke: {
        id: 'openSources',
        src: 'openSources',
        input: ({ context }) => ({ ports: context.ports }),
        onDone: [
          { guard: 'isEmpty', target: 'done' },
          { target: 'connecting', actions: 'keepManifest' },
        ],
        onError: { target: 'failed', actions: 'keepFailure' },
      },
      after: { diskMsMax: { target: 'failed', actions: 'keepDiskTimeout' } },
    },
    connecting: greeting({ guard: 'isForTransfer', actions: 'forwardToHandshake' }, [
      { guard: 'isAccepted', target: 'sending', actions: 'keepEstablished' },
      { guard: 'hasFailed', target: 'failed', actions: ['keepFailure', 'sendBye'] },
      { target: 'failed', actions: ['keepStrangeAnswer', 'sendError'] },
    ]),
    sending: sending(
      senderInput,
      { ...sendersEvents, challenged: movedOrChallenged, burst: stored },
      'confirming',
      '#putAll.reconnecting',
    ),
    /** Every record is opened over there; the last files are being made durable. */
    confirming: awaiting('confirming', stored),
    /** Some entries were not stored, or did not need to be: asks which, one page after the other. */
    collecting: {
      on: {
        burst: [
          { guard: 'isLastAnswer', target: 'done', actions: 'keepResults' },
          { guard: 'isAnswer', target: 'collecting', reenter: true, actions: 'keepResults' },
        ],
      },
      initial: 'asking',
      states: {
        asking: {
          entry: 'sendQuestion',
          after: { confirmRepeatMs: { target: 'asking', reenter: true } },
        },
      },
      after: { silenceMs: 'reconnecting' },
    },
    /** The link is lost, or the server: says hello until somebody takes it up again. */
    reconnecting: reconnecting(
      ['dropResults', 'renewSession'],
      { guard: 'isForTransfer', actions: 'forwardToHandshake' },
      [
        { guard: 'isAccepted', target: '#putAll.sending', actions: 'keepEstablished' },
        { guard: 'mayPass', target: 'resting' },
        { guard: 'hasFailed', target: '#putAll.failed', actions: ['keepFailure', 'sendBye'] },
        { target: '#putAll.failed', actions: ['keepStrangeAnswer', 'sendError'] },
      ],
    ),
    done: { entry: 'sendBye', type: 'final' },
    failed: { type: 'final' },
  },
  output: ({ context }) =>
    context.failure === null ? { ok: { results: context.results } } : { failed: context.failure },
})
