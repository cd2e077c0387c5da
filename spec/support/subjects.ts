import type { MachineContext } from 'xstate'
import { type Failure, FailureError } from '../../machines/failures.ts'
import {
  exitMachine,
  getAllMachine,
  getMachine,
  handshakeMachine,
  listenerMachine,
  listMachine,
  menuMachine,
  putAllMachine,
  putMachine,
  sessionMachine,
} from '../../machines/index.ts'
import { type Alphabet, answers, clientStream, serverStream } from './alphabet.ts'
import { AT_MS, entry, introduction, windowless } from './events.ts'
import type { Ending, Endings, Memory, Subject } from './subject.ts'
import { transferSubjects } from './transfer-subjects.ts'

const ports = { link: {}, wire: {}, folder: {} }
const nothing = (): Memory => ({})

const noSpace: Failure = { kind: 'noSpace', path: entry.path }
const bug: Ending = { error: new TypeError('a bug') }
/** Work that rejects: with a failure, or with what only a mistake in the program throws. */
const rejected: Endings = { noSpace: { error: new FailureError(noSpace) }, bug }
const welcomed = { introduction, rttMs: 50, atMs: AT_MS }
const handshake: Endings = {
  ...Object.fromEntries(
    Object.entries(answers).map(([kind, answer]) => [
      kind,
      { output: { ok: { ...welcomed, welcome: { answer, introduction } } } },
    ]),
  ),
  'sending another': {
    output: {
      ok: {
        ...welcomed,
        welcome: {
          answer: { kind: 'sending', entry: { ...entry, mtimeUs: entry.mtimeUs + 1 } },
          introduction,
        },
      },
    },
  },
  failed: { output: { failed: { kind: 'noAnswer', waitedMs: 10_000 } } },
  bug,
}
const transfer: Endings = {
  ok: { output: { ok: null } },
  failed: { output: { failed: noSpace } },
  bug,
}
/** The stream never ends by itself; if it breaks, that is a mistake in the program. */
const session: Endings = { '': { output: undefined }, bug }
const openTarget: Endings = {
  opened: { output: { kind: 'opened', stored: [] } },
  identical: { output: { kind: 'identical' } },
  compare: { output: { kind: 'compare' } },
}

const client = {
  ports,
  introduction,
  datagramBytes: 1_200,
  sizeFixed: false,
  rateBytesPerSMax: Number.POSITIVE_INFINITY,
  patienceMs: 60_000,
}
const file = {
  ...client,
  path: 'Foo1.txt',
  as: 'received_Foo1.txt',
  replace: false,
  skip: false,
  checksum: false,
}

const hello = (request: object) => ({
  ports,
  hello: { request, introduction },
  introduction,
  datagramBytes: 1_200,
  sizeFixed: false,
  atMs: AT_MS,
})

const waiting = (request: object) => ({ ...hello(request), introduction: windowless })

const menuEvents: Alphabet = {
  'command put': { type: 'command', command: { verb: 'put', path: 'Foo1.txt' } },
  'command exit': { type: 'command', command: { verb: 'exit' } },
  help: { type: 'help' },
  stats: { type: 'stats' },
  notUnderstood: { type: 'notUnderstood', why: 'no such command' },
  'answer yes': { type: 'answer', yes: true },
  'answer no': { type: 'answer', yes: false },
  interrupt: { type: 'interrupt' },
  quit: { type: 'quit' },
}

const listenerEvents: Alphabet = {
  helloArrived: { type: 'helloArrived', arrival: {} },
  exitProved: { type: 'exitProved' },
  sessionClosed: { type: 'sessionClosed', wasExit: false },
  'sessionClosed exit': { type: 'sessionClosed', wasExit: true },
  drain: { type: 'drain' },
  stop: { type: 'stop' },
}

/** Every machine of the registry, ready to be walked through. */
export const subjects: readonly Subject[] = [
  {
    id: 'menu',
    machine: menuMachine,
    inputs: {
      'at a terminal': { terminal: true, replace: false },
      piped: { terminal: false, replace: false },
    },
    events: menuEvents,
    endings: {
      command: {
        done: { output: null },
        exists: { output: { kind: 'exists', path: 'Foo1.txt' } },
        failed: { output: { kind: 'noAnswer', waitedMs: 10_000 } },
        bug,
      },
      closing: { '': { output: undefined }, bug },
    },
    remembered: ({ terminal, interrupted, command }: MachineContext, state) => ({
      terminal,
      interrupted,
      // The last command is kept, and of no more interest, while the next one is awaited.
      ...(['running', 'confirming'].includes(state) && { command: command.verb }),
    }),
  },
  {
    id: 'client/handshake',
    machine: handshakeMachine,
    inputs: { list: { ports, request: { verb: 'list' } } },
    events: clientStream,
    endings: {},
    remembered: ({ doubts }: MachineContext) => ({ doubts }),
  },
  {
    id: 'client/put',
    machine: putMachine,
    inputs: { file, skipping: { ...file, skip: true } },
    events: clientStream,
    endings: {
      session,
      openSource: { entry: { output: entry }, ...rejected },
      handshake,
      hash: { digest: { output: 'ab'.repeat(32) }, ...rejected },
      sender: transfer,
    },
    remembered: ({ input, request, movedAtMs }: MachineContext, state) => ({
      skip: input.skip,
      compared: request.digest !== undefined,
      ...(state.startsWith('sending') && { moved: movedAtMs > 0 }),
    }),
  },
  {
    id: 'client/put-all',
    machine: putAllMachine,
    inputs: { files: { ...client, replace: false, checksum: false } },
    events: clientStream,
    endings: {
      session,
      openSources: {
        'two files': { output: { manifestBytes: 50, sizesBytes: [150_000, 7] } },
        nothing: { output: { manifestBytes: 1, sizesBytes: [] } },
        ...rejected,
      },
      handshake,
      sender: transfer,
    },
    remembered: ({ resultsTo, movedAtMs }: MachineContext, state) => ({
      ...(state.startsWith('collecting') && { resultsTo }),
      ...(state.startsWith('sending') && { moved: movedAtMs > 0 }),
    }),
  },
  {
    id: 'client/get',
    machine: getMachine,
    inputs: { file, skipping: { ...file, skip: true } },
    events: clientStream,
    endings: {
      session,
      handshake,
      openTarget: {
        ...openTarget,
        exists: { error: new FailureError({ kind: 'exists', path: 'Foo1.txt' }) },
        ...rejected,
      },
      hash: { digest: { output: 'ab'.repeat(32) }, ...rejected },
      receiver: transfer,
    },
    remembered: ({ input, request }: MachineContext) => ({
      skip: input.skip,
      compared: request.digest !== undefined,
    }),
  },
  {
    id: 'client/get-all',
    machine: getAllMachine,
    inputs: { files: { ...client, namesBytes: 20 }, none: { ...client, namesBytes: 0 } },
    events: clientStream,
    endings: { session, handshake, sender: transfer, receiver: transfer },
    remembered: nothing,
  },
  {
    id: 'client/list',
    machine: listMachine,
    inputs: { list: client },
    events: clientStream,
    endings: {
      session,
      handshake,
      receiver: transfer,
      readManifest: { entries: { output: [entry] }, ...rejected },
    },
    remembered: nothing,
  },
  {
    id: 'client/exit',
    machine: exitMachine,
    inputs: { exit: client },
    events: clientStream,
    endings: { session, handshake },
    remembered: nothing,
  },
  {
    id: 'server/listener',
    machine: listenerMachine,
    inputs: { 'two sessions at most': { sessionsMax: 2, server: {} } },
    events: listenerEvents,
    endings: { bind: { '': { output: undefined }, ...rejected } },
    remembered: ({ sessions }: MachineContext) => ({ sessions }),
    within: ({ sessions }: MachineContext) => sessions >= 0,
  },
  {
    id: 'server/session',
    machine: sessionMachine,
    inputs: {
      put: hello({ verb: 'put', entry, replace: false }),
      putAll: hello({ verb: 'putAll', manifestBytes: 50, replace: false }),
      get: hello({ verb: 'get', path: entry.path }),
      getAll: hello({ verb: 'getAll', namesBytes: 20 }),
      exit: hello({ verb: 'exit' }),
      'put that waits': waiting({ verb: 'put', entry, replace: false }),
      'get that waits': waiting({ verb: 'get', path: entry.path }),
    },
    events: serverStream,
    endings: {
      session,
      look: {
        ...Object.fromEntries(
          Object.entries(answers).map(([kind, answer]) => [kind, { output: answer }]),
        ),
        ...rejected,
      },
      openTarget: { ...openTarget, ...rejected },
      compare: { same: { output: undefined }, ...rejected },
      receiver: transfer,
      sender: transfer,
    },
    remembered: ({ request, answer, offer, windowRecords }: MachineContext, state) => ({
      verb: request.verb,
      offering: offer !== null,
      ...(['looking', 'admitting.proving'].includes(state) && { waiting: windowRecords === 0 }),
      ...(state === 'admitting.proving' && { comparing: answer.kind === 'comparing' }),
    }),
  },
  ...transferSubjects,
]
