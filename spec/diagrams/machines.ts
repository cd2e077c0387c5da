import { assign, fromPromise, not, setup } from 'xstate'

/** A client's put as it might be: every construct that diagrams draw, in one machine. */
const exampleMachine = setup({
  types: {} as { context: { tries: number }; events: { type: string } },
  actors: {
    session: fromPromise(async () => 1),
    handshake: fromPromise(async () => 1),
    sender: fromPromise(async () => 1),
    open: fromPromise(async () => 1),
  },
  guards: {
    isWelcome: () => true,
    isIdentical: () => true,
    isRefused: () => true,
    hasNewRecords: () => true,
  },
  actions: {
    sendHello() {},
    keepAnswer() {},
    openSource() {},
    forwardToTransfer() {},
    sendBye() {},
    sendPing() {},
    keepFailure() {},
    countQuiet: assign({ tries: ({ context }) => context.tries + 1 }),
    armTimer: (_: unknown, _params: { timer: string }) => {},
    releaseSource() {},
    emitProgress() {},
  },
  delays: {
    answerMsMax: 10_000,
    helloRepeatMs: 250,
    quietMs: 3_000,
    idleMsMax: 12_000,
    lingerMs: 2000,
  },
}).createMachine({
  id: 'put',
  context: { tries: 0 },
  invoke: { src: 'session', id: 'session', onError: { target: '.failed', actions: 'keepFailure' } },
  on: {
    cancel: { target: '.failed', actions: ['keepFailure', 'sendBye'] },
    fileFailed: { target: '.failed', actions: ['keepFailure', 'sendBye'] },
    '*': { actions: 'countQuiet' },
  },
  initial: 'opening',
  states: {
    opening: {
      tags: 'patient',
      invoke: {
        src: 'open',
        id: 'open',
        onDone: 'connecting',
        onError: { target: 'failed', actions: 'keepFailure' },
      },
    },
    connecting: {
      entry: ['sendHello', { type: 'armTimer', params: { timer: 'probe' } }],
      invoke: { src: 'handshake' as const, id: 'handshake' },
      on: {
        burst: [
          { guard: 'isIdentical', target: 'done', actions: ['keepAnswer', 'sendBye'] },
          {
            guard: 'isWelcome',
            target: 'sending',
            actions: ['keepAnswer', 'openSource', 'emitProgress'],
          },
          { guard: not('isRefused'), actions: 'countQuiet' },
          { target: 'failed', actions: 'keepFailure' },
        ],
      },
      after: {
        helloRepeatMs: { target: 'connecting', reenter: true },
        answerMsMax: { target: 'failed', actions: 'keepFailure' },
      },
    },
    sending: {
      entry: 'emitProgress',
      exit: 'releaseSource',
      invoke: {
        src: 'sender',
        id: 'transfer',
        onDone: 'confirming',
        onError: { target: 'failed', actions: 'keepFailure' },
      },
      on: {
        timeout: { actions: 'forwardToTransfer' },
        recordsSealed: { actions: 'forwardToTransfer' },
      },
      initial: 'flowing',
      states: {
        flowing: {
          on: {
            burst: {
              target: 'flowing',
              reenter: true,
              actions: ['forwardToTransfer', 'emitProgress'],
            },
          },
          after: { quietMs: 'quiet' },
        },
        quiet: {
          tags: ['patient', 'alarmed'],
          entry: 'sendPing',
          on: { burst: { target: 'flowing', actions: 'forwardToTransfer' } },
          after: { idleMsMax: '#put.reconnecting' },
        },
      },
    },
    reconnecting: {
      entry: 'sendHello',
      on: { burst: { guard: 'isWelcome', target: 'sending', actions: 'keepAnswer' } },
      after: { answerMsMax: { target: 'failed', actions: 'keepFailure' } },
    },
    confirming: {
      entry: 'sendPing',
      on: { burst: { guard: 'hasNewRecords', target: 'done' } },
      after: { idleMsMax: 'reconnecting' },
    },
    done: { type: 'final' },
    failed: { type: 'final', entry: 'releaseSource' },
  },
})

/** Small enough to write down what its chart must be; its guard has a name full of markup. */
const doorMachine = setup({
  types: {} as { events: { type: string } },
  actors: { watch: fromPromise(async () => 1) },
  guards: { 'key < "2" & fits': () => true },
  actions: { creak() {}, knock: (_: unknown, _params: { times: number }) => {} },
  delays: { openMsMax: 5_000 },
}).createMachine({
  id: 'door',
  initial: 'closed',
  on: { burn: '.gone' },
  states: {
    closed: {
      tags: 'patient',
      on: {
        push: [
          { guard: 'key < "2" & fits', target: 'open', actions: 'creak' },
          { actions: 'creak' },
        ],
        '*': { target: 'closed', reenter: true },
      },
    },
    open: {
      entry: [{ type: 'knock', params: { times: 3 } }],
      exit: 'creak',
      invoke: { src: 'watch', onDone: 'closed' },
      after: { openMsMax: 'closed' },
      on: { turn: { target: '.wide' } },
      initial: 'ajar',
      states: { ajar: { always: { guard: not('key < "2" & fits'), target: 'wide' } }, wide: {} },
    },
    gone: { type: 'final' },
  },
})

export const door = {
  id: 'house/door',
  title: 'Door',
  summary: 'Opens & closes.',
  machine: doorMachine,
}

export const example = {
  id: 'example',
  title: 'Put',
  summary: 'One file to the server.',
  machine: exampleMachine,
}
