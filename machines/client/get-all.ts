/**
 * Gets several files: says hello, sends their names, hears what there is of them, receives and
 * stores each that is wanted, says so. PROTOCOL "Batches", "Ending".
 */
import { sendersEvents } from '../transfer/hosting.ts'
import { getAllSetup, outcomeOf, receiverInput, senderInput } from './get-all-setup.ts'
import { greeting, reconnecting } from './greeting.ts'
import { lingering } from './lingering.ts'
import { awaiting, receiving, sending } from './transferring.ts'

/** What there is of what was named. */
const offered = {
  guard: 'isOffer',
  target: 'receiving',
  actions: ['keepOffer', 'openBatch'],
} as const

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
    naming: sending(
      senderInput,
      { ...sendersEvents, burst: offered },
      'awaiting',
      '#getAll.reconnecting',
    ),
    /** The names are there, and the server looks at their files. */
    awaiting: awaiting('awaiting', [offered]),
    receiving: receiving(receiverInput, 'lingering', { idleMs: '#getAll.reconnecting' }),
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
