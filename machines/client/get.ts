/**
 * Gets one file: says hello, opens a target for what is offered, receives and stores it, says so.
 * PROTOCOL "Hello and welcome", "Data", "Ending".
 */

import { type GetContext, getSetup, outcomeOf } from './get-setup.ts'
import { comparing, greeting, reconnecting } from './greeting.ts'
import { lingering } from './lingering.ts'
import { receiving } from './transferring.ts'

export const getMachine = getSetup.createMachine({
  id: 'get',
  context: ({ input }) => ({
    input,
    ports: input.ports,
    request: { verb: 'get', path: input.path, checksum: input.checksum },
    established: null,
    entry: { path: input.path, sizeBytes: 0, mtimeUs: 0 },
    held: [],
    stored: [],
    alreadyThere: false,
    failure: null,
  }),
  invoke: { id: 'session', src: 'session', input: ({ context }) => ({ ports: context.ports }) },
  on: {
    challenged: { actions: 'sendResponse' },
    cancel: { target: '.failed', actions: ['keepFailure', 'sendError'] },
    burst: { guard: 'hasFailed', target: '.failed', actions: ['keepFailure', 'sendBye'] },
  },
  initial: 'connecting',
  states: {
    connecting: greeting({ guard: 'isNoError', actions: ['forwardToHandshake', 'holdBurst'] }, [
      { guard: 'isOffered', target: 'opening', actions: 'keepEstablished' },
      { guard: 'mustWait', target: 'comparing' },
      { guard: 'hasFailed', target: 'failed', actions: ['keepFailure', 'sendBye'] },
      { target: 'failed', actions: ['keepStrangeAnswer', 'sendError'] },
    ]),
    /** What is offered is known; is there room for it here? Its first bytes may be here already. */
    opening: {
      invoke: {
        id: 'openTarget',
        src: 'openTarget',
        input: ({ context }) => ({
          ports: context.ports,
          entry: { ...context.entry, path: context.input.as },
          replace: context.input.replace,
          comparison: context.request,
        }),
        onDone: [
          { guard: 'isIdentical', target: 'lingering', actions: 'noteAlreadyThere' },
          { guard: 'mustCompare', target: 'hashing', actions: 'sendDone' },
          { target: 'receiving', actions: 'keepStored' },
        ],
        onError: [
          { guard: 'maySkip', target: 'lingering', actions: 'noteAlreadyThere' },
          { target: 'failed', actions: ['keepFailure', 'sendError'] },
        ],
      },
      on: { burst: { guard: 'isNoError', actions: 'holdBurst' } },
      after: { diskMsMax: { target: 'failed', actions: ['keepDiskTimeout', 'sendError'] } },
    },
    /** A file of that size is here; do they differ? */
    hashing: {
      invoke: {
        id: 'hash',
        src: 'hash',
        input: ({ context }) => ({ ports: context.ports, path: context.input.as }),
        onDone: { target: 'connecting', actions: ['keepDigest', 'dropHeld', 'renewSession'] },
        onError: { target: 'failed', actions: 'keepFailure' },
      },
      after: { hashMsMax: { target: 'failed', actions: 'keepDiskTimeout' } },
    },
    /** The server has the digest. */
    comparing: comparing(['noteAlreadyThere', 'sendBye'], ['keepDifference', 'sendBye']),
    receiving: receiving(receiverInput, 'lingering', { idleMs: '#get.reconnecting' }),
    /** The link is lost, or the server: says hello until somebody takes it up again. */
    reconnecting: reconnecting(
      ['dropHeld', 'renewSession'],
      { guard: 'isNoError', actions: ['forwardToHandshake', 'holdBurst'] },
      [
        {
          guard: 'isOtherFile',
          target: '#get.failed',
          actions: ['keepSourceChanged', 'sendError'],
        },
        { guard: 'isOffered', target: '#get.opening', actions: 'keepEstablished' },
        { guard: 'mustWait', target: '#get.comparing' },
        { guard: 'mayPass', target: 'resting' },
        { guard: 'hasFailed', target: '#get.failed', actions: ['keepFailure', 'sendBye'] },
        { target: '#get.failed', actions: ['keepStrangeAnswer', 'sendError'] },
      ],
    ),
    /** The file is stored; the server may ask to hear so again. */
    lingering,
    done: { type: 'final' },
    failed: { type: 'final' },
  },
  output: ({ context }) => outcomeOf(context),
})

function receiverInput(context: GetContext) {
  if (context.established === null) throw new Error('receiving before the handshake')
  return {
    ports: context.ports,
    path: context.input.as,
    totalBytes: context.entry.sizeBytes,
    windowRecords: context.input.introduction.windowRecords,
    rttMs: context.established.rttMs,
    atMs: context.established.atMs,
    held: context.held,
    stored: context.stored,
  }
}
