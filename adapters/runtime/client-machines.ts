import { fromPromise } from 'xstate'
import { exitMachine } from '../../machines/client/exit.ts'
import { getMachine } from '../../machines/client/get.ts'
import { handshakeMachine } from '../../machines/client/handshake.ts'
import { listMachine } from '../../machines/client/list.ts'
import { putMachine } from '../../machines/client/put.ts'
import type { Hello } from '../../machines/events.ts'
import type { Failure } from '../../machines/failures.ts'
import type { Request } from '../../machines/messages.ts'
import type { Ports } from '../../machines/ports.ts'
import { type ClientWire, createClientWire } from '../wire/client-wire.ts'
import { ManifestSink } from './manifest.ts'
import type { SessionFiles } from './session-files.ts'
import type { SessionLink } from './session-link.ts'
import { portsOf, SessionPorts } from './session-ports.ts'
import { receiver, sender, session } from './transfer-actions.ts'

/** The ports of a client's session: it writes its own hello. */
export class ClientPorts extends SessionPorts {
  readonly #begin: (hello: Hello) => ClientWire
  readonly #introduction: Hello['introduction']
  manifest: ManifestSink | null = null
  #hello: Buffer | null = null

  constructor(
    link: SessionLink,
    folder: SessionFiles,
    introduction: Hello['introduction'],
    identity: { readonly key: Uint8Array | null; readonly sessionId: Uint8Array },
  ) {
    super(link, folder)
    this.#introduction = introduction
    this.#begin = (hello) => createClientWire({ ...identity, hello })
  }

  /** Says hello, the same hello however often. */
  sendHello(request: Request): void {
    this.#hello ??= this.#prepareHello(request)
    this.link.greet(this.#hello)
  }

  openManifest(sizeBytes: number): void {
    this.manifest = new ManifestSink(sizeBytes)
    this.folder.takeSink(this.manifest)
  }

  #prepareHello(request: Request): Buffer {
    const wire = this.#begin({ request, introduction: this.#introduction })
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
  sendError: ({ context }: { context: ClientContext }) => {
    if (context.failure === null) return
    portsOf(context).link.say({ kind: 'error', failure: context.failure })
  },
  stopTransfer: ({ context }: { context: ClientContext }) => portsOf(context).link.rest(),
}
const { sendPing, sendBye, sendDone, sendError, stopTransfer } = actions

const handshake = handshakeMachine.provide({
  actions: {
    sendHello: ({ context }) => clientPortsOf(context).sendHello(context.request),
    sendPing: ({ context }) => portsOf(context).link.say({ kind: 'ping' }),
  },
})

export const put = putMachine.provide({
  actors: {
    session,
    handshake,
    sender,
    openSource: fromPromise(({ input }) => portsOf(input).folder.openSource(input.path)),
  },
  actions: { sendPing, sendBye, sendError, stopTransfer },
})

export const get = getMachine.provide({
  actors: {
    session,
    handshake,
    receiver,
    openTarget: fromPromise(({ input }) =>
      portsOf(input).folder.openTarget(input.entry, input.replace),
    ),
  },
  actions: { sendBye, sendDone, sendError, stopTransfer },
})

export const list = listMachine.provide({
  actors: {
    session,
    handshake,
    receiver,
    readManifest: fromPromise(async ({ input }) => clientPortsOf(input).manifest?.entries() ?? []),
  },
  actions: {
    sendBye,
    sendDone,
    sendError,
    stopTransfer,
    openManifest: ({ context }) => clientPortsOf(context).openManifest(context.manifestBytes),
  },
})

export const exit = exitMachine.provide({
  actors: { session, handshake },
  actions: { sendPing, sendBye, sendError },
})
