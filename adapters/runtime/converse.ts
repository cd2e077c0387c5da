import type { AnyActor } from 'xstate'
import type { ClientInput } from '../../machines/client/input.ts'
import { failureOf, type Outcome } from '../../machines/failures.ts'
import { DATAGRAM_BYTES_MIN, PATIENCE_MS, WINDOW_RECORDS } from '../../machines/limits.ts'
import type { SettledEmitted } from '../../machines/outcomes.ts'
import type { Folder } from '../files/folder.ts'
import type { Endpoint } from '../udp/endpoint.ts'
import type { Peer, SessionOptions } from './api.ts'
import type { BatchSource } from './batch-source.ts'
import { ClientPorts } from './client-machines.ts'
import type { Conversation } from './running-session.ts'
import { SessionFiles } from './session-files.ts'
import { SessionLink } from './session-link.ts'
import type { WantedFiles } from './wanted-files.ts'
import type { World } from './world.ts'

const SESSION_ID_BYTES = 8

/** One client session, before it has a socket. */
export interface Plan {
  /** Where its file is read or written; null when it has none. */
  readonly folder: Folder | null
  /** Whether files go to the server, at the rate that it finds. */
  readonly sends?: true
  /** The files it puts, when it puts several. */
  readonly batch?: BatchSource
  /** The files it gets, when it gets several. */
  readonly wanted?: WantedFiles
  /** Makes the actor of its machine, not started yet. */
  readonly actor: (input: ClientInput) => AnyActor
}

/**
 * Runs one session. A host with several addresses is tried at the next one where nothing listens.
 * Rejects with a FailureError when there is no socket to be had.
 */
export async function converse<Ok>(
  world: World,
  peer: Peer,
  options: SessionOptions,
  plan: Plan,
  onActor: (actor: AnyActor) => void,
): Promise<Conversation<Ok>> {
  const [first, ...others] = await world.resolve(peer.host)
  let conversation = await converseAt<Ok>(
    world,
    first ?? peer.host,
    peer.port,
    options,
    plan,
    onActor,
  )
  for (const host of others) {
    const { outcome } = conversation
    if (!('failed' in outcome) || outcome.failed.kind !== 'nothingListens') break
    conversation = await converseAt<Ok>(world, host, peer.port, options, plan, onActor)
  }
  return conversation
}

async function converseAt<Ok>(
  world: World,
  host: string,
  port: number,
  options: SessionOptions,
  plan: Plan,
  onActor: (actor: AnyActor) => void,
): Promise<Conversation<Ok>> {
  const endpoint = await world.network.connect({ host, port })
  const { mtuBytes } = options
  const introduction = {
    windowRecords: WINDOW_RECORDS,
    socketBufferBytes: endpoint.socketBufferBytes,
    ...(options.limitBytesPerS && { rateBytesPerSMax: Math.ceil(options.limitBytesPerS) }),
    ...(mtuBytes !== undefined && { datagramBytes: mtuBytes }),
  }
  const link = new SessionLink(endpoint, { host, port }, null, world.paths)
  const files = new SessionFiles(plan.folder, link.stream)
  const ports = new ClientPorts(
    link,
    files,
    introduction,
    {
      key: options.key,
      aead: world.aead,
      newSessionId: () => world.random(SESSION_ID_BYTES),
    },
    plan,
  )
  const actor = plan.actor({
    ports,
    introduction,
    datagramBytes: mtuBytes ?? DATAGRAM_BYTES_MIN,
    sizeFixed: mtuBytes !== undefined || !endpoint.dontFragment,
    rateBytesPerSMax: options.limitBytesPerS ?? Number.POSITIVE_INFINITY,
    known: plan.sends === true ? world.paths.take(host) : null,
    patienceMs: options.patienceMs ?? PATIENCE_MS,
  })
  return live(actor, ports, endpoint, options.signal, onActor)
}

/** Runs a session's actor from its start to the closing of its socket. */
async function live<Ok>(
  actor: AnyActor,
  ports: ClientPorts,
  endpoint: Endpoint,
  signal: AbortSignal | undefined,
  onActor: (actor: AnyActor) => void,
): Promise<Conversation<Ok>> {
  const { stream } = ports.link
  endpoint.arrivals$.subscribe((arrival) => ports.link.arrive(arrival))
  endpoint.unreachable$.subscribe(({ atMs }) => stream.transfer({ type: 'unreachable', atMs }))
  const cancel = () => stream.command({ type: 'cancel' })
  signal?.addEventListener('abort', cancel)

  const settled = new Promise<Outcome<Ok>>((resolve) => {
    actor.on('settled', (event) => resolve((event as SettledEmitted<Ok>).outcome))
  })
  const ended = new Promise<Outcome<Ok>>((resolve) => {
    actor.subscribe({
      complete: () => resolve(actor.getSnapshot().output),
      error: (error) => resolve({ failed: failureOf(error) }),
    })
  }).then(async (outcome) => {
    signal?.removeEventListener('abort', cancel)
    await ports.close()
    return outcome
  })
  onActor(actor)
  actor.start()
  if (signal?.aborted) cancel()
  return {
    outcome: await Promise.race([settled, ended]),
    closed: ended.then(() => endpoint.close()),
  }
}
