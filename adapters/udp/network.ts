import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { isIPv4 } from 'node:net'
import { FailureError } from '../../machines/failures.ts'
import type { Address, Network } from './endpoint.ts'
import { UdpEndpoint, unmapped } from './udp-endpoint.ts'

/** What every socket asks the kernel for; it may give less. */
const SOCKET_BUFFER_BYTES = 8 * 1024 * 1024
/** Below this the kernel's default is as good. */
const SOCKET_BUFFER_BYTES_MIN = 256 * 1024
/** How systems without IPv6 answer a bind to `::`. */
const NO_IPV6 = new Set(['EAFNOSUPPORT', 'EPROTONOSUPPORT', 'EADDRNOTAVAIL', 'EINVAL'])

/**
 * The real network: UDP sockets of the operating system, over node:dgram. Addresses are IP
 * literals, nothing is looked up. An empty `host` listens at all addresses, IPv6 and IPv4.
 * Rejects with FailureError `socketError` (EADDRINUSE, EACCES, EADDRNOTAVAIL, EINVAL …).
 */
export const udpNetwork: Network = {
  async listen({ host, port }) {
    if (host !== '') return new UdpEndpoint(await bound(host, port), null)
    const socket = await bound('::', port).catch((error: unknown) => {
      if (error instanceof FailureError && isWithoutIPv6(error)) return bound('0.0.0.0', port)
      throw error
    })
    return new UdpEndpoint(socket, null)
  },

  async connect(peer) {
    const { host, port } = { ...peer, host: unmapped(peer.host) }
    const socket = await opened(host, 'connect', (fresh) => fresh.connect(port, host))
    return new UdpEndpoint(socket, remoteAddress(socket))
  },
}

function bound(host: string, port: number): Promise<Socket> {
  return opened(host, 'listening', (fresh) => fresh.bind(port, host))
}

/** A socket of the family of `host`, once `start` has brought it to `event`. */
async function opened(
  host: string,
  event: 'listening' | 'connect',
  start: (fresh: Socket) => void,
): Promise<Socket> {
  const socket = createSocket({
    type: isIPv4(host) ? 'udp4' : 'udp6',
    // Literals need no resolver, and answering at once spares every send a turn of the event loop.
    lookup: (literal, _options, callback) => callback(null, literal, 0),
  })
  try {
    const reached = once(socket, event)
    start(socket)
    await reached
  } catch (error) {
    socket.close()
    throw socketFailure(error)
  }
  enlargeBuffers(socket)
  return socket
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
