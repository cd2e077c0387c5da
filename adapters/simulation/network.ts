import { FailureError } from '../../machines/failures.ts'
import type { Address, Network } from '../udp/endpoint.ts'
import { Inbox } from './inbox.ts'
import { Link, type LinkStatistics, type LinkStep } from './link.ts'
import type { Rule } from './packet.ts'
import { SimulatedEndpoint } from './simulated-endpoint.ts'

/** Where the simulated clients are: an address for documentation (RFC 5737). */
const CLIENT_HOST = '192.0.2.2'
/** Ephemeral ports begin here (RFC 6335 §6). */
const EPHEMERAL_PORT_MIN = 49_152
/** Stands for ICMP port unreachable, 56 bytes with its IP header: 28 more than are counted anyway. */
const UNREACHABLE = Buffer.alloc(28)

export interface SimulatedNetworkOptions {
  /** The same seed gives the same run, to the last datagram. */
  readonly seed: number
  /** What happens to datagrams from clients to servers, in this order. */
  readonly toServer?: readonly Rule[]
  /** What happens to datagrams from servers to clients, in this order. */
  readonly toClient?: readonly Rule[]
  /** Called with all that happens to packets, as it happens. */
  readonly trace?: (step: LinkStep) => void
}

/** A network with one server machine and one link to it, which all clients share. */
export interface SimulatedNetwork extends Network {
  /** What either direction did so far. */
  readonly statistics: { readonly toServer: LinkStatistics; readonly toClient: LinkStatistics }
  /**
   * Gives every client another address, as a NAT does that forgets its mappings: what is under way
   * to the old ones is lost, and nobody is told.
   */
  rebind(): void
}

interface Client {
  readonly endpoint: SimulatedEndpoint
  readonly peer: Address
  /** Where its datagrams seem to come from. */
  seenAs: Address
}

/**
 * A network in memory that behaves as badly as its rules say, in place of `udpNetwork`. Works on
 * the global timers and `performance.now()`, so that fake timers drive it. Every host name means
 * the one server machine: only ports tell servers apart. Without rules datagrams arrive at once.
 *
 * @example
 * const wifi = [rate({ bytesPerS: 12_500_000, queueMs: 50 }), delay(25), drop(0.05)]
 * const network = createSimulatedNetwork({ seed: 7, toServer: wifi, toClient: wifi })
 */
export function createSimulatedNetwork(options: SimulatedNetworkOptions): SimulatedNetwork {
  const { seed, toServer = [], toClient = [], trace } = options
  const originMs = performance.now()
  const upLink = new Link('toServer', toServer, seed, trace)
  const downLink = new Link('toClient', toClient, seed, trace)
  const servers = new Map<number, SimulatedEndpoint>()
  /** By the port that servers see, which a rebinding changes. */
  const clients = new Map<number, Client>()

  const nowMs = () => performance.now() - originMs
  // Never used again, so that nobody hears what was meant for one who left.
  let ephemeralPort = EPHEMERAL_PORT_MIN

  function freePort(): number {
    while (servers.has(ephemeralPort)) ephemeralPort++
    return ephemeralPort++
  }

  function listen(address: Address): SimulatedEndpoint {
    const port = address.port === 0 ? freePort() : address.port
    if (servers.has(port)) throw new FailureError({ kind: 'socketError', code: 'EADDRINUSE' })
    const server = new SimulatedEndpoint(
      { host: address.host || '::', port },
      {
        originMs,
        transmit(bytes, segmentBytes, to) {
          const client = clients.get(to.port)
          downLink.carry(bytes, segmentBytes, nowMs(), (packet) => {
            // A connected socket hears its peer alone.
            if (client?.peer.port === port) client.endpoint.expect(packet, client.peer)
          })
        },
        heard: (packet) => upLink.delivered(packet),
        detach: () => servers.delete(port),
      },
    )
    servers.set(port, server)
    return server
  }

  function connect(peer: Address): SimulatedEndpoint {
    const address = { host: CLIENT_HOST, port: freePort() }
    const strays = new Inbox<null>(originMs, (due) => {
      for (const { packet } of due) {
        downLink.carry(UNREACHABLE, UNREACHABLE.length, packet.atMs, (icmp) =>
          endpoint.expect(icmp, null),
        )
      }
    })
    const endpoint: SimulatedEndpoint = new SimulatedEndpoint(address, {
      originMs,
      transmit(bytes, segmentBytes) {
        const server = servers.get(peer.port)
        const { seenAs } = client
        upLink.carry(bytes, segmentBytes, nowMs(), (packet) =>
          server === undefined ? strays.add(packet, null) : server.expect(packet, seenAs),
        )
      },
      heard: (packet) => downLink.delivered(packet),
      detach() {
        strays.clear()
        clients.delete(client.seenAs.port)
      },
    })
    const client: Client = { endpoint, peer, seenAs: address }
    clients.set(address.port, client)
    return endpoint
  }

  function rebind(): void {
    const rebound = [...clients.values()]
    clients.clear()
    for (const client of rebound) {
      client.endpoint.forget()
      client.seenAs = { host: CLIENT_HOST, port: freePort() }
      clients.set(client.seenAs.port, client)
    }
  }

  return {
    listen: async (address) => listen(address),
    connect: async (peer) => connect(peer),
    rebind,
    get statistics() {
      return { toServer: upLink.statistics, toClient: downLink.statistics }
    },
  }
}
