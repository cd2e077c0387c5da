import { fromPromise } from 'xstate'
import { carried } from '../../machines/events.ts'
import { type Failure, FailureError } from '../../machines/failures.ts'
import { STATUS_OPENED_RANGES_MAX } from '../../machines/limits.ts'
import type {
  Answer,
  BatchRequest,
  FlatRanges,
  Introduction,
  Request,
} from '../../machines/messages.ts'
import type { Ports } from '../../machines/ports.ts'
import { sessionMachine } from '../../machines/server/session.ts'
import { isDoubtful } from '../files/doubt.ts'
import type { Folder } from '../files/folder.ts'
import { encodeManifest, welcomeFits } from '../wire/codec.ts'
import type { ServerWire } from '../wire/server-wire.ts'
import { manifestSource } from './manifest.ts'
import type { SessionFiles } from './session-files.ts'
import type { SessionLink } from './session-link.ts'
import { portsOf, SessionPorts } from './session-ports.ts'
import { receiver, sender, session } from './transfer-actions.ts'

/** What a session needs of the server it belongs to. */
export interface ServerHooks {
  /** Why no session may be opened now; null when it may. */
  readonly refusal: Failure | null
  readonly exitAllowed: boolean
  /**
   * What is written already by the session this one takes over from: the one it names, or one that
   * fell silent on its target. Null when there is none.
   */
  inherited(): FlatRanges | null
  /** Ends that session, and resolves once its files are closed. */
  takeOver(): Promise<void>
  /** Ends a session that receives a file of that path, if its client fell silent. */
  freeTarget(path: string): Promise<void>
  onExitProved(): void
  /** Has the session wait for its turn, which comes on the stream. */
  joinQueue(): void
  endTurn(): void
}

/** The ports of a session at the server. */
export class ServerPorts extends SessionPorts {
  readonly #serverWire: ServerWire
  readonly #hooks: ServerHooks
  readonly #introduction: Introduction

  constructor(
    link: SessionLink,
    folder: SessionFiles,
    wire: ServerWire,
    introduction: Introduction,
    hooks: ServerHooks,
  ) {
    super(link, folder)
    this.#serverWire = wire
    this.#hooks = hooks
    this.#introduction = introduction
    this.adopt(wire)
  }

  /** Reads what the request is about, and answers it; changes nothing. */
  async look(request: Request): Promise<Answer> {
    if (this.#hooks.refusal !== null) return { kind: 'refused', failure: this.#hooks.refusal }
    switch (request.verb) {
      case 'put':
        return this.#lookAtTarget(this.folder.folder, request)
      case 'putAll':
      case 'getAll':
        return accepted([])
      case 'get':
        return this.#offer(request)
      case 'list':
        return this.#listOf(await this.folder.folder.list())
      case 'exit':
        if (this.#hooks.exitAllowed) return accepted([])
        return { kind: 'refused', failure: { kind: 'exitNotAllowed' } }
    }
  }

  /** Resolves if the file a request is about hashes to what its client said. */
  async compare(request: Request, signal: AbortSignal): Promise<void> {
    if (request.verb !== 'put' && request.verb !== 'get') throw new Error('nothing to compare')
    const path = request.verb === 'put' ? request.entry.path : request.path
    if ((await this.folder.folder.digest(path, signal)) === request.digest) return
    throw new FailureError({ kind: 'exists', path })
  }

  sendWelcome(answer: Answer): void {
    this.link.greet(this.#serverWire.welcome({ answer, introduction: this.#introduction }))
  }

  /** Ends the session this one takes over from; its target is free after that. */
  takeOver(): Promise<void> {
    return this.#hooks.takeOver()
  }

  /** Gets ready for several files. */
  openBatch(request: BatchRequest): void {
    this.folder.openBatch(request, (path) => this.#hooks.freeTarget(path))
  }

  joinQueue(): void {
    this.#hooks.joinQueue()
  }

  endTurn(): void {
    this.#hooks.endTurn()
  }

  startDraining(): void {
    this.#hooks.onExitProved()
  }

  async #lookAtTarget(
    folder: Folder,
    { entry, replace, digest, checksum = false }: Extract<Request, { verb: 'put' }>,
  ): Promise<Answer> {
    const state = await folder.look(entry, replace)
    if (await isDoubtful(folder, entry, state, checksum)) {
      return { kind: digest === undefined ? 'compare' : 'comparing' }
    }
    if (state.kind === 'identical') return state
    if (state.kind === 'free') {
      return accepted(state.stored)
    }
    const stored = state.failure.kind === 'busy' ? this.#hooks.inherited() : null
    return stored === null ? state : accepted(stored)
  }

  /** The client says what its file of that name hashes to when sending it may be of no use. */
  async #offer({ path, digest }: Extract<Request, { verb: 'get' }>): Promise<Answer> {
    const entry = await this.folder.openSource(path)
    return digest === undefined ? { kind: 'sending', entry } : { kind: 'comparing' }
  }

  #listOf(entries: Awaited<ReturnType<Folder['list']>>): Answer {
    const listed: Answer = { kind: 'listed', entries }
    if (welcomeFits({ answer: listed, introduction: this.#introduction })) return listed
    const bytes = encodeManifest(entries)
    this.folder.takeSource(manifestSource(bytes))
    return { kind: 'manifest', manifestBytes: bytes.length }
  }
}

/** The look before the welcome compared already. */
const NO_COMPARISON = {}

/** A put may begin; as many stored ranges as a welcome holds are named. */
function accepted(stored: FlatRanges): Answer {
  return { kind: 'accepted', stored: stored.slice(0, 2 * STATUS_OPENED_RANGES_MAX) }
}

function serverPortsOf(context: { readonly ports: Ports }): ServerPorts {
  if (context.ports instanceof ServerPorts) return context.ports
  throw new Error('these ports are not a server session’s')
}

/** The server's session, its effects provided. */
export const serverSession = sessionMachine.provide({
  actors: {
    session,
    sender,
    receiver,
    look: fromPromise(({ input }) => serverPortsOf(input).look(input.request)),
    compare: fromPromise(({ input, signal }) =>
      serverPortsOf(input).compare(input.request, signal),
    ),
    openTarget: fromPromise(async ({ input }) => {
      const ports = serverPortsOf(input)
      const { request } = input
      await ports.takeOver()
      if (request.verb === 'put') {
        return ports.folder.openTarget(request.entry, request.replace, NO_COMPARISON)
      }
      if (request.verb === 'putAll') ports.openBatch(request)
      else ports.folder.openNames(request.namesBytes)
      return { kind: 'opened', stored: [] } as const
    }),
  },
  actions: {
    sendWelcome: ({ context }) => {
      if (context.answer !== null) serverPortsOf(context).sendWelcome(context.answer)
    },
    supersede: ({ context }) => void serverPortsOf(context).takeOver(),
    trustAddress: ({ context }) => portsOf(context).link.trust(),
    sendChallenge: ({ context }) => portsOf(context).link.challenge(),
    takeAddress: ({ context }) => portsOf(context).link.move(),
    joinQueue: ({ context }) => serverPortsOf(context).joinQueue(),
    endTurn: ({ context }) => serverPortsOf(context).endTurn(),
    sendQueued: ({ context }) => portsOf(context).link.say({ kind: 'queued' }),
    startDraining: ({ context }) => serverPortsOf(context).startDraining(),
    sendDraining: ({ context }) =>
      portsOf(context).link.say({ kind: 'draining', sessions: context.sessionsLeft }),
    sendComparing: ({ context }) => portsOf(context).link.say({ kind: 'comparing' }),
    sendLastWord: ({ context }) => {
      const { failure } = context
      const { link, folder } = portsOf(context)
      const exceptions = folder.batch?.exceptions || undefined
      link.say(
        failure === null
          ? { kind: 'done', ...(exceptions && { exceptions }) }
          : { kind: 'error', failure },
      )
    },
    sendResults: ({ context, event }) => {
      const { link, folder } = portsOf(context)
      const question = carried(event, 'question')
      const results = question && folder.batch?.results(question.from)
      if (results) link.say(results)
    },
    sendBye: ({ context }) => portsOf(context).link.say({ kind: 'bye' }),
    sendError: ({ context }) => {
      if (context.failure === null) return
      portsOf(context).link.say({ kind: 'error', failure: context.failure })
    },
    stopTransfer: ({ context }) => portsOf(context).link.rest(),
  },
})
