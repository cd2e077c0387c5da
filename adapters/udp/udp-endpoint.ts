import type { RemoteInfo, Socket } from 'node:dgram'
import { isIPv4 } from 'node:net'
import { type Observable, Subject } from 'rxjs'
import { Burst } from './burst.ts'
import type { Address, Arrival, Endpoint } from './endpoint.ts'

const MAPPED_PREFIX = '::ffff:'
/** ICMP "port unreachable", as Unix and Windows report it on a connected socket. */
const UNREACHABLE = new Set(['ECONNREFUSED', 'ECONNRESET'])

/** `host`, or the IPv4 address inside an IPv4-mapped IPv6 one (RFC 4291 §2.5.5.2). */
export function unmapped(host: string): string {
  const isMapped = host.startsWith(MAPPED_PREFIX) && host.includes('.')
  return isMapped ? host.slice(MAPPED_PREFIX.length) : host
}

/** A bound dgram socket as an Endpoint; with a `peer`, a connected one. Owns the socket. */
export class UdpEndpoint implements Endpoint {
  readonly address: Address
  readonly socketBufferBytes: number
  /** node:dgram cannot ask for it. */
  readonly dontFragment = false
  readonly arrivals$: Observable<Arrival>
  readonly unreachable$: Observable<{ readonly atMs: number }>
  readonly #socket: Socket
  readonly #peer: Address | null
  readonly #isIPv6: boolean
  readonly #arrivals = new Subject<Arrival>()
  readonly #unreachable = new Subject<{ readonly atMs: number }>()
  readonly #burst = new Burst((arrival) => this.#arrivals.next(arrival))
  /** Whom the newest datagram came from, as dgram and as we name them: rarely a new one. */
  #senderAddress = ''
  #sender: Address = { host: '', port: 0 }
  #closed: Promise<void> | null = null

  constructor(socket: Socket, peer: Address | null) {
    const { address, port } = socket.address()
    this.#socket = socket
    this.#peer = peer
    // Asked this way round: Node's pattern of IPv6 takes 5 ms to compile.
    this.#isIPv6 = !isIPv4(address)
    this.address = { host: address, port }
    this.socketBufferBytes = usableBufferBytes(socket)
    this.arrivals$ = this.#arrivals.asObservable()
    this.unreachable$ = this.#unreachable.asObservable()
    socket.on('error', this.#onError)
    socket.on('message', (datagram, info) => this.#onMessage(datagram, info))
  }

  send(bytes: Buffer, segmentBytes: number, to: Address): void {
    if (this.#closed !== null) return
    if (this.#peer !== null) {
      for (let offset = 0; offset < bytes.length; offset += segmentBytes) {
        const length = Math.min(segmentBytes, bytes.length - offset)
        this.#socket.send(bytes, offset, length, this.#onError)
      }
      return
    }
    // Forged datagrams may come from port 0, which dgram throws at and nobody can listen at.
    if (to.port === 0) return
    const host = this.#inOwnFamily(to.host)
    for (let offset = 0; offset < bytes.length; offset += segmentBytes) {
      const length = Math.min(segmentBytes, bytes.length - offset)
      this.#socket.send(bytes, offset, length, to.port, host, this.#onError)
    }
  }

  defer(callback: () => void): void {
    setImmediate(callback)
  }

  close(): Promise<void> {
    this.#closed ??= new Promise((resolve) => {
      this.#arrivals.complete()
      this.#unreachable.complete()
      this.#socket.close(resolve)
    })
    return this.#closed
  }

  #inOwnFamily(host: string): string {
    if (this.#isIPv6) return isIPv4(host) ? MAPPED_PREFIX + host : host
    return unmapped(host)
  }

  #onMessage(datagram: Buffer, info: RemoteInfo): void {
    if (this.#closed !== null) return
    const peer = this.#peer
    if (peer === null) {
      this.#burst.add(datagram, this.#senderOf(info))
    } else if (info.port === peer.port && info.address === peer.host) {
      // The kernel filters too, but not what came between its bind and its connect.
      this.#burst.add(datagram, peer)
    }
  }

  #senderOf(info: RemoteInfo): Address {
    if (info.port !== this.#sender.port || info.address !== this.#senderAddress) {
      this.#senderAddress = info.address
      this.#sender = { host: unmapped(info.address), port: info.port }
    }
    return this.#sender
  }

  /** Shared by all sends: a datagram the kernel refuses is a datagram lost. */
  readonly #onError = (error: Error | null): void => {
    if (error === null || this.#peer === null || this.#closed !== null) return
    if ('code' in error && UNREACHABLE.has(String(error.code))) {
      this.#unreachable.next({ atMs: performance.now() })
    }
  }
}

/** Linux keeps half of the buffer for its own bookkeeping and reports the whole (socket(7)). */
function usableBufferBytes(socket: Socket): number {
  const bytes = socket.getRecvBufferSize()
  return process.platform === 'linux' ? bytes / 2 : bytes
}
