import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { isIPv4 } from 'node:net'
import { FailureError } from '../../machines/failures.ts'
import { Descriptor } from './descriptor.ts'
import type { Address, Network } from './endpoint.ts'
import { type LoadLibc, loadLibc } from './libc.ts'
import { UdpEndpoint, unmapped } from './udp-endpoint.ts'

/** What every socket asks the kernel for; it may give less. */
const SOCKET_BUFFER_BYTES = 8 * 1024 * 1024
/** Below this the kernel's default is as good. */
const SOCKET_BUFFER_BYTES_MIN = 256 * 1024
/** How systems without IPv6 answer a bind to `::`. */
const NO_IPV6 = new Set(['EAFNOSUPPORT', 'EPROTONOSUPPORT', 'EADDRNOTAVAIL', 'EINVAL'])

/**
 * The real network: UDP sockets of the operating system, over node:dgram, on Linux with segments
 * and without fragments where `load` has a C library. Addresses are IP literals, nothing is looked
 * up. An empty `host` listens at all addresses, IPv6 and IPv4. Rejects with FailureError
 * `socketError` (EADDRINUSE, EACCES, EADDRNOTAVAIL, EINVAL …).
 */
export function createUdpNetwork(load: LoadLibc): Network {
  async function bound(address: Address): Promise<UdpEndpoint> {
    const { socket, descriptor } = await opened(load, address.host, async (fresh) => {
      if (fresh.descriptor !== null) {
        fresh.descriptor.bind(address)
        fresh.descriptor.giveTo(fresh.socket)
        return
      }
      const listening = once(fresh.socket, 'listening')
      fresh.socket.bind(address.port, address.host)
      await listening
    })
    return new UdpEndpoint(socket, null, descriptor)
  }

  return {
    async listen({ host, port }) {
      if (host !== '') return bound({ host, port })
      return bound({ host: '::', port }).catch((error: unknown) => {
        if (!(error instanceof FailureError && isWithoutIPv6(error))) throw error
        return bound({ host: '0.0.0.0', port })
      })
    },

    async connect(peer) {
      const host = unmapped(peer.host)
      const { socket, descriptor } = await opened(load, host, async (fresh) => {
        fresh.descriptor?.giveTo(fresh.socket)
        const connected = once(fresh.socket, 'connect')
        fresh.socket.connect(peer.port, host)
        await connected
      })
      return new UdpEndpoint(socket, remoteAddress(socket), descriptor)
    },
  }
}

export const udpNetwork: Network = createUdpNetwork(loadLibc)

/** A socket, and what node:dgram was given to make it of, where there is something better. */
interface Fresh {
  readonly socket: Socket
  readonly descriptor: Descriptor | null
}

/** A socket of the family of `host`, once `start` has brought it where it should be. */
async function opened(
  load: LoadLibc,
  host: string,
  start: (fresh: Fresh) => Promise<void>,
): Promise<Fresh> {
  const libc = await load()
  // Asked this way round: Node's pattern of IPv6 takes 5 ms to compile.
  const isIPv6 = !isIPv4(host)
  const descriptor = libc === null ? null : Descriptor.open(libc, isIPv6)
  const socket = createSocket({
    type: isIPv6 ? 'udp6' : 'udp4',
    // Literals need no resolver, and answering at once spares every send a turn of the event loop.
    lookup: (literal, _options, callback) => callback(null, literal, 0),
  })
  try {
    await start({ socket, descriptor })
  } catch (error) {
    descriptor?.abandon()
    socket.close()
    throw socketFailure(error)
  }
  if (!descriptor?.forceBuffers(SOCKET_BUFFER_BYTES)) enlargeBuffers(socket)
  return { socket, descriptor }
}

function enlargeBuffers(socket: Socket): void {
  enlarge((bytes) => socket.setRecvBufferSize(bytes))
  enlarge((bytes) => socket.setSendBufferSize(bytes))
}

/** Linux grants what it can; the BSDs and macOS refuse what is too much, so less is tried. */
function enlarge(set: (bytes: number) => void): void {
  for (let bytes = SOCKET_BUFFER_BYTES; bytes >= SOCKET_BUFFER_BYTES_MIN; bytes /= 2) {
    try {
      set(bytes)
      return
    } catch {}
  }
}

function remoteAddress(socket: Socket): Address {
  const { address, port } = socket.remoteAddress()
  return { host: address, port }
}

function socketFailure(error: unknown): FailureError {
  const known = error instanceof Error && 'code' in error && typeof error.code === 'string'
  const code = known ? String(error.code) : 'UNKNOWN'
  return new FailureError({ kind: 'socketError', code }, { cause: error })
}

function isWithoutIPv6({ failure }: FailureError): boolean {
  return failure.kind === 'socketError' && NO_IPV6.has(failure.code)
}
