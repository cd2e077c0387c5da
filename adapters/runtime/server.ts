import { type Observable, Subject } from 'rxjs'
import { createActor, fromPromise, waitFor } from 'xstate'
import { type Failure, FailureError, failureOf, type Outcome } from '../../machines/failures.ts'
import { DATAGRAM_BYTES_MIN, MOVE_TOKEN_BYTES, SESSIONS_MAX } from '../../machines/limits.ts'
import type { Request } from '../../machines/messages.ts'
import type { Moved } from '../../machines/outcomes.ts'
import { Admission } from '../../machines/server/admission.ts'
import { type ListenerRef, listenerMachine } from '../../machines/server/listener.ts'
import type { Folder } from '../files/folder.ts'
import type { Address, Endpoint } from '../udp/endpoint.ts'
import { Router } from '../udp/router.ts'
import { acceptHello, type ServerWire } from '../wire/server-wire.ts'
import type { ServeOptions, Server, ServerReport } from './api.ts'
import { type OpenSession, OpenSessions } from './open-sessions.ts'
import { type ServerHooks, ServerPorts, serverSession } from './server-machines.ts'
import { SessionFiles } from './session-files.ts'
import { SessionLink } from './session-link.ts'
import type { World } from './world.ts'

const CANCELLED = { failed: { kind: 'cancelled' } } as const

/** Plain refusals sent at most, a second: a wrong key is told, a flood is not answered. */
const REFUSALS_PER_S_MAX = 20

/** A hello that opened, on its way to the listener's decision. */
class HelloArrival {
  readonly wire: ServerWire
  readonly from: Address
  readonly bytes: number
  readonly atMs: number

  constructor(wire: ServerWire, from: Address, bytes: number, atMs: number) {
    this.wire = wire
    this.from = from
    this.bytes = bytes
    this.atMs = atMs
  }
}

/** Serves a folder in a world. Rejects with a FailureError. */
export async function serve(world: World, port: number, options: ServeOptions): Promise<Server> {
  const { root, fileBytesMax } = options
  const folder = await world.openFolder(root, fileBytesMax === undefined ? {} : { fileBytesMax })
  const server = new RunningServer(world, { host: options.host ?? '', port }, folder, options)
  await server.opened
  return server
}

class RunningServer implements Server {
  readonly reports$: Observable<ServerReport>
  readonly closed: Promise<void>
  /** Rejects with a FailureError when there is no socket to be had. */
  readonly opened: Promise<void>
  readonly #world: World
  readonly #folder: Folder
  readonly #options: ServeOptions
  readonly #listener: ListenerRef
  readonly #reports = new Subject<ServerReport>()
  readonly #sessions = new OpenSessions()
  readonly #exits = new Set<ServerPorts>()
  readonly #wanted: Address
  readonly #admission = new Admission()
  readonly #refusals = { secondMs: 0, sent: 0 }
  #endpoint: Endpoint | null = null
  #router: Router | null = null
  #sessionsSoFar = 0
  /** The number of sessions last reported as waited for. */
  #drainingTold: number | null = null

  constructor(world: World, wanted: Address, folder: Folder, options: ServeOptions) {
    this.#world = world
    this.#wanted = wanted
    this.#folder = folder
    this.#options = options
    this.reports$ = this.#reports
    this.#listener = createActor(listener, {
      inspect: world.inspect,
      input: { sessionsMax: options.sessionsMax ?? SESSIONS_MAX, server: this },
    })
    this.closed = waitFor(this.#listener, ({ status }) => status !== 'active').then(() =>
      this.#close(),
    )
    this.opened = waitFor(this.#listener, (snapshot) => !snapshot.matches('opening')).then(
      ({ output }) => {
        if (output !== undefined && 'failed' in output) throw new FailureError(output.failed)
      },
    )
    this.#listener.start()
  }

  get host(): string {
    return this.#endpoint?.address.host ?? this.#wanted.host
  }

  get port(): number {
    return this.#endpoint?.address.port ?? this.#wanted.port
  }

  drain(): void {
    this.#listener.send({ type: 'drain' })
  }

  stop(): void {
    for (const { ports } of this.#sessions.all()) {
      ports.link.stream.command({ type: 'cancel' })
    }
    this.#listener.send({ type: 'stop' })
  }

  async bind(): Promise<void> {
    const endpoint = await this.#world.network.listen(this.#wanted)
    this.#endpoint = endpoint
    this.#router = new Router(endpoint.arrivals$, {
      onHello: (datagram, from, atMs) => this.#takeHello(endpoint, datagram, from, atMs),
    })
  }

  /** Begins a session; one that is refused says so and is not counted. */
  open({ wire, from, bytes, atMs }: HelloArrival, refusal: Failure | null): void {
    const endpoint = this.#endpoint
    const router = this.#router
    if (endpoint === null || router === null) return
    const link = new SessionLink(endpoint, from, {
      helloBytes: bytes,
      newToken: () => this.#world.random(MOVE_TOKEN_BYTES),
    })
    const files = new SessionFiles(this.#folder, link.stream)
    const introduction = {
      windowRecords: refusal === null ? this.#firstWindow(wire) : 0,
      socketBufferBytes: Math.floor(endpoint.socketBufferBytes / (this.#sessions.size + 1)),
    }
    const ports: ServerPorts = new ServerPorts(link, files, wire, introduction, {
      refusal,
      exitAllowed: this.#options.exitAllowed ?? true,
      onExitProved: () => this.#takeExit(ports),
      inherited: () => this.#sessions.predecessorOf(wire)?.ports.folder.written ?? null,
      takeOver: () => supersede(this.#sessions.predecessorOf(wire)),
      joinQueue: () =>
        this.#admission.wait(wire, (windowRecords) =>
          link.stream.command({ type: 'admitted', windowRecords, atMs: performance.now() }),
        ),
      endTurn: () => this.#admission.endTurn(wire, link.lostShare),
      freeTarget: (path) => supersede(this.#sessions.silentOn(path, wire.sessionId)),
    } satisfies ServerHooks)
    const actor = createActor(serverSession, {
      inspect: this.#world.inspect,
      input: {
        ports,
        hello: wire.hello,
        introduction,
        datagramBytes: DATAGRAM_BYTES_MIN,
        sizeFixed: !endpoint.dontFragment,
        atMs,
      },
    })
    const unroute = router.add(wire.sessionId, (arrival) => link.arrive(arrival))
    const session = this.#report(wire.hello.request, from)
    let settled = false
    const settle = (outcome: Outcome<Moved>) => {
      if (settled) return
      settled = true
      const wasExit = this.#exits.delete(ports)
      this.#reports.next({ type: 'ended', session, verb: wire.hello.request.verb, outcome })
      if (refusal === null) this.#listener.send({ type: 'sessionClosed', wasExit })
    }
    const ended = new Promise<Outcome<Moved>>((resolve) => {
      actor.subscribe({
        complete: () => resolve(actor.getSnapshot().output ?? CANCELLED),
        error: (error) => resolve({ failed: failureOf(error) }),
      })
    }).then(async (outcome) => {
      await ports.close()
      unroute()
      this.#admission.leave(wire)
      this.#sessions.delete(wire.sessionId)
      settle(outcome)
    })
    actor.on('settled', ({ outcome }) => settle(outcome))
    const isSilent = () => actor.getSnapshot().matches({ receiving: 'quiet' })
    this.#sessions.add(wire.sessionId, { ports, ended, request: wire.hello.request, isSilent })
    actor.start()
  }

  /** Has every session wait less for a client that is quiet. */
  hurrySessions(): void {
    for (const { ports } of this.#sessions.all()) ports.link.stream.command({ type: 'drain' })
  }

  /** Tells every session that waits for the others how many are left. */
  tellExits(sessions: number): void {
    for (const { link } of this.#exits) link.stream.command({ type: 'sessionsLeft', sessions })
    if (sessions === this.#drainingTold) return
    this.#drainingTold = sessions
    this.#reports.next({ type: 'draining', sessions })
  }

  /** A list is short and an exit moves nothing: they wait for nobody. */
  #firstWindow(wire: ServerWire): number {
    const { verb } = wire.hello.request
    const waits = verb !== 'list' && verb !== 'exit'
    return waits ? this.#admission.take(wire) : this.#admission.grant(wire)
  }

  #takeExit(ports: ServerPorts): void {
    this.#exits.add(ports)
    this.#listener.send({ type: 'exitProved' })
  }

  #takeHello(endpoint: Endpoint, datagram: Buffer, from: Address, atMs: number): void {
    const accepted = acceptHello(datagram, this.#options.key, this.#world.aead)
    if (accepted.kind === 'accepted') {
      const arrival = new HelloArrival(accepted.wire, from, datagram.length, atMs)
      this.#listener.send({ type: 'helloArrived', arrival })
    } else if (accepted.kind === 'refused' && this.#mayRefuse(atMs)) {
      endpoint.send(accepted.answer, accepted.answer.length, from)
    }
  }

  #mayRefuse(atMs: number): boolean {
    if (atMs - this.#refusals.secondMs >= 1000) {
      this.#refusals.secondMs = atMs
      this.#refusals.sent = 0
    }
    this.#refusals.sent += 1
    return this.#refusals.sent <= REFUSALS_PER_S_MAX
  }

  #report(request: Request, { host, port }: Address): number {
    this.#sessionsSoFar += 1
    const path =
      request.verb === 'put' ? request.entry.path : request.verb === 'get' ? request.path : null
    const session = this.#sessionsSoFar
    const from = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
    this.#reports.next({ type: 'opened', session, verb: request.verb, path, from })
    return session
  }

  async #close(): Promise<void> {
    await Promise.all(this.#sessions.all().map(({ ended }) => ended))
    await this.#endpoint?.close()
    this.#reports.complete()
  }
}

/** Ends a session whose client begins another; resolves once its files are closed. */
async function supersede(session: OpenSession | undefined): Promise<void> {
  session?.ports.link.stream.command({ type: 'supersede' })
  await session?.ended
}

/** The listener, its effects provided by the server it belongs to. */
const listener = listenerMachine.provide({
  actors: { bind: fromPromise(({ input }) => serverOf(input).bind()) },
  actions: {
    openSession: ({ context, event }) => {
      if (event.type === 'helloArrived') serverOf(context).open(arrivalOf(event.arrival), null)
    },
    refuseFull: ({ context, event }) => {
      if (event.type !== 'helloArrived') return
      const failure = { kind: 'tooManySessions', sessionsMax: context.sessionsMax } as const
      serverOf(context).open(arrivalOf(event.arrival), failure)
    },
    refuseDraining: ({ context, event }) => {
      if (event.type !== 'helloArrived') return
      serverOf(context).open(arrivalOf(event.arrival), { kind: 'serverDraining' })
    },
    hurrySessions: ({ context }) => serverOf(context).hurrySessions(),
    tellExits: ({ context }) => serverOf(context).tellExits(context.sessions - context.exits),
  },
})

function serverOf({ server }: { readonly server: object }): RunningServer {
  if (server instanceof RunningServer) return server
  throw new Error('this listener was not started by a server')
}

function arrivalOf(arrival: object): HelloArrival {
  if (arrival instanceof HelloArrival) return arrival
  throw new Error('this hello did not arrive at a server')
}
