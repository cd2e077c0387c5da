import { type AnyEventObject, fromPromise } from 'xstate'
import { exitMachine } from '../../machines/client/exit.ts'
import { getMachine } from '../../machines/client/get.ts'
import { getAllMachine } from '../../machines/client/get-all.ts'
import { handshakeMachine } from '../../machines/client/handshake.ts'
import { listMachine } from '../../machines/client/list.ts'
import { putMachine } from '../../machines/client/put.ts'
import { putAllMachine } from '../../machines/client/put-all.ts'
import type { Manifest } from '../../machines/client/put-all-setup.ts'
import type { AddressEvent, Hello } from '../../machines/events.ts'
import type { Failure } from '../../machines/failures.ts'
import type { Request } from '../../machines/messages.ts'
import type { Ports } from '../../machines/ports.ts'
import type { Aead } from '../wire/aead.ts'
import { createClientWire } from '../wire/client-wire.ts'
import type { BatchSource } from './batch-source.ts'
import { ManifestSink } from './manifest.ts'
import type { SessionFiles } from './session-files.ts'
import type { SessionLink } from './session-link.ts'
import { portsOf, SessionPorts } from './session-ports.ts'
import { receiver, sender, session } from './transfer-actions.ts'
import type { WantedFiles } from './wanted-files.ts'

/** What a client proves itself with. */
export interface ClientIdentity {
  readonly key: Uint8Array | null
  readonly aead: Aead
  /** 8 random bytes. */
  newSessionId(): Uint8Array
}

/** The files of a session that moves several. */
interface Several {
  readonly batch?: BatchSource | null
  readonly wanted?: WantedFiles | null
}

/** The ports of a client's session: it writes its own hello. */
export class ClientPorts extends SessionPorts {
  readonly #identity: ClientIdentity
  readonly #introduction: Hello['introduction']
  readonly #batch: BatchSource | null
  readonly #wanted: WantedFiles | null
  #sessionId: Uint8Array | null = null
  #resumes: Uint8Array | null = null
  manifest: ManifestSink | null = null
  #hello: Buffer | null = null

  constructor(
    link: SessionLink,
    folder: SessionFiles,
    introduction: Hello['introduction'],
    identity: ClientIdentity,
    { batch = null, wanted = null }: Several,
  ) {
    super(link, folder)
    this.#batch = batch
    this.#wanted = wanted
    if (wanted !== null) folder.takeSource(wanted.names())
    this.#introduction = introduction
    this.#identity = identity
  }

  /** The next hello begins a session of its own, which takes over from this one. */
  renew(): void {
    this.link.rest()
    this.folder.renew()
    this.#batch?.renew()
    if (this.hasKeys) this.#resumes = this.#sessionId
    this.#hello = null
  }

  /** Says hello, the same hello however often. */
  sendHello(request: Request): void {
    this.#hello ??= this.#prepareHello(request)
    this.link.greet(this.#hello)
  }

  /** Looks at the files of a batch. */
  async prepareBatch(): Promise<Manifest> {
    if (this.#batch === null) throw new Error('this session has no batch')
    this.folder.takeBatch(this.#batch)
    return this.#batch.prepare()
  }

  /** Gets ready for the files of a batch. */
  openBatch(manifestBytes: number): void {
    if (this.#wanted === null) throw new Error('this session wants no batch')
    this.#wanted.receive(manifestBytes, this.folder)
  }

  openManifest(sizeBytes: number): void {
    this.manifest = new ManifestSink(sizeBytes)
    this.folder.takeSink(this.manifest)
  }

  #prepareHello(request: Request): Buffer {
    const { key, aead, newSessionId } = this.#identity
    const sessionId = newSessionId()
    const resumes = this.#resumes === null ? undefined : Buffer.from(this.#resumes).toString('hex')
    const hello = { request, introduction: this.#introduction, resumes }
    const wire = createClientWire({ key, aead, sessionId, hello })
    this.#sessionId = sessionId
    this.adopt(wire)
    return wire.hello
  }
}

function clientPortsOf(context: { readonly ports: Ports }): ClientPorts {
  if (context.ports instanceof ClientPorts) return context.ports
  throw new Error('these ports are not a client session’s')
}

interface ClientContext {
  readonly ports: Ports
  readonly failure: Failure | null
}

/** The actions that every client machine names. */
const actions = {
  sendPing: ({ context }: { context: ClientContext }) =>
    portsOf(context).link.say({ kind: 'ping' }),
  sendBye: ({ context }: { context: ClientContext }) => portsOf(context).link.say({ kind: 'bye' }),
  sendDone: ({ context }: { context: ClientContext }) =>
    portsOf(context).link.say({ kind: 'done' }),
  sendResponse: ({ context, event }: { context: ClientContext; event: AnyEventObject }) => {
    const { token } = event as Extract<AddressEvent, { type: 'challenged' }>
    portsOf(context).link.say({ kind: 'response', token })
  },
  sendError: ({ context }: { context: ClientContext }) => {
    if (context.failure === null) return
    portsOf(context).link.say({ kind: 'error', failure: context.failure })
  },
  stopTransfer: ({ context }: { context: ClientContext }) => portsOf(context).link.rest(),
  renewSession: ({ context }: { context: ClientContext }) => clientPortsOf(context).renew(),
}
const { sendPing, sendResponse, sendBye, sendDone, sendError, stopTransfer, renewSession } = actions

const hash = fromPromise<string, { readonly ports: Ports; readonly path: string }>(
  ({ input, signal }) => portsOf(input).folder.folder.digest(input.path, signal),
)

const handshake = handshakeMachine.provide({
  actions: {
    sendHello: ({ context }) => clientPortsOf(context).sendHello(context.request),
    sendPing: ({ context }) => portsOf(context).link.say({ kind: 'ping' }),
  },
})

/**
 * A machine with its effects, made once it is asked for: a process mostly runs one of them, and
 * each takes half a millisecond of its start.
 */
function onDemand<Machine>(make: () => Machine): () => Machine {
  let made: Machine | undefined
  return () => {
    made ??= make()
    return made
  }
}

export const put = onDemand(() =>
  putMachine.provide({
    actors: {
      session,
      handshake,
      hash,
      sender,
      openSource: fromPromise(({ input }) => portsOf(input).folder.openSource(input.path)),
    },
    actions: { sendPing, sendResponse, sendBye, sendError, stopTransfer, renewSession },
  }),
)

export const putAll = onDemand(() =>
  putAllMachine.provide({
    actors: {
      session,
      handshake,
      sender,
      openSources: fromPromise(async ({ input }) => clientPortsOf(input).prepareBatch()),
    },
    actions: {
      sendPing,
      sendResponse,
      sendBye,
      sendError,
      stopTransfer,
      renewSession,
      sendQuestion: ({ context }) =>
        portsOf(context).link.say({ kind: 'question', from: context.resultsTo }),
    },
  }),
)

export const get = onDemand(() =>
  getMachine.provide({
    actors: {
      session,
      handshake,
      hash,
      receiver,
      openTarget: fromPromise(({ input }) =>
        portsOf(input).folder.openTarget(input.entry, input.replace, input.comparison),
      ),
    },
    actions: { sendPing, sendResponse, sendBye, sendDone, sendError, stopTransfer, renewSession },
  }),
)

export const getAll = onDemand(() =>
  getAllMachine.provide({
    actors: { session, handshake, sender, receiver },
    actions: {
      sendPing,
      sendResponse,
      sendBye,
      sendDone,
      sendError,
      stopTransfer,
      renewSession,
      openBatch: ({ context }) => clientPortsOf(context).openBatch(context.manifestBytes),
    },
  }),
)

export const list = onDemand(() =>
  listMachine.provide({
    actors: {
      session,
      handshake,
      receiver,
      readManifest: fromPromise(
        async ({ input }) => clientPortsOf(input).manifest?.entries() ?? [],
      ),
    },
    actions: {
      sendBye,
      sendResponse,
      sendDone,
      sendError,
      stopTransfer,
      openManifest: ({ context }) => clientPortsOf(context).openManifest(context.manifestBytes),
    },
  }),
)

export const exit = onDemand(() =>
  exitMachine.provide({
    actors: { session, handshake },
    actions: { sendPing, sendResponse, sendBye, sendError },
  }),
)
