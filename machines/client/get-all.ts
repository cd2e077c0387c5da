/**
 * Gets several files: says hello, sends their names, hears what there is of them, receives and
 * stores each that is wanted, says so. PROTOCOL "Batches", "Ending".
 */
import { hearing, receiversEvents, sendersEvents } from '../transfer/hosting.ts'
import { getAllSetup, outcomeOf, receiverInput, senderInput } from './get-all-setup.ts'
import { greeting, reconnecting } from './greeting.ts'
import { lingering } from './lingering.ts'

export const getAllMachine = getAllSetup.createMachine({
  id: 'getAll',
  context: ({ input }) => ({
    input,
    ports: input.ports,
    request: { verb: 'getAll', namesBytes: input.namesBytes },
    established: null,
    manifestBytes: 0,
    held: [],
    failure: null,
  }),
  invoke: { id: 'session', src: 'session', input: ({ context }) => ({ ports: context.ports }) },
  on: {
    challenged: { actions: 'sendResponse' },
    cancel: { target: '.failed', actions: ['keepFailure', 'sendError'] },
    burst: { guard: 'hasFailed', target: '.failed', actions: ['keepFailure', 'sendBye'] },
  },
  initial: 'beginning',
  states: {
    beginning: { always: [{ guard: 'isEmpty', target: 'done' }, { target: 'connecting' }] },
    connecting: greeting({ guard: 'isForTransfer', actions: 'forwardToHandshake' }, [
      { guard: 'isAccepted', target: 'naming', actions: 'keepEstablished' },
      { guard: 'hasFailed', target: 'failed', actions: ['keepFailure', 'sendBye'] },
      { target: 'failed', actions: ['keepStrangeAnswer', 'sendError'] },
    ]),
    /** The names are on their way. */
    naming: {
      exit: 'stopTransfer',
      invoke: {
        id: 'transfer',
        src: 'sender',
        input: ({ context }) => senderInput(context),
        onDone: [
          { guard: 'hasFailed', target: 'failed', actions: ['keepFailure', 'sendError'] },
          { target: 'awaiting' },
        ],
      },
      on: {
        ...sendersEvents,
        burst: { guard: 'isOffer', target: 'receiving', actions: ['keepOffer', 'openBatch'] },
      },
      initial: 'lively',
      states: hearing('isForTransfer', { idleMs: '#getAll.reconnecting' }, {}),
    },
    /** The names are there, and the server looks at their files. */
    awaiting: {
      on: {
        burst: [
          { guard: 'isOffer', target: 'receiving', actions: ['keepOffer', 'openBatch'] },
          { guard: 'isForTransfer', target: 'awaiting', reenter: true },
        ],
      },
      initial: 'asking',
      states: {
        asking: {
          after: { confirmRepeatMs: { target: 'asking', reenter: true, actions: 'sendPing' } },
        },
      },
      after: { silenceMs: 'reconnecting' },
    },
    receiving: {
      exit: 'stopTransfer',
      invoke: {
        id: 'transfer',
        src: 'receiver',
        input: ({ context }) => receiverInput(context),
        onDone: [
          { guard: 'hasFailed', target: 'failed', actions: ['keepFailure', 'sendError'] },
          { target: 'lingering' },
        ],
      },
      on: receiversEvents,
      initial: 'lively',
      states: hearing('isNoError', { idleMs: '#getAll.reconnecting' }, {}),
    },
    /** The link is lost, or the server: says hello until somebody takes it up again. */
    reconnecting: reconnecting(
      'renewSession',
      { guard: 'isForTransfer', actions: 'forwardToHandshake' },
      [
        { guard: 'isAccepted', target: '#getAll.naming', actions: 'keepEstablished' },
        { guard: 'mayPass', target: 'resting' },
        { guard: 'hasFailed', target: '#getAll.failed', actions: ['keepFailure', 'sendBye'] },
        { target: '#getAll.failed', actions: ['keepStrangeAnswer', 'sendError'] },
      ],
    ),
    /** What became of each file is known; the server may ask to hear so again. */
    lingering,
    done: { type: 'final' },
    failed: { type: 'final' },
  },
  output: ({ context }) => outcomeOf(context),
})
