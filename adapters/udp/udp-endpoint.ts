import type { RemoteInfo, Socket } from 'node:dgram'
import { isIPv4 } from 'node:net'
import { type Observable, Subject } from 'rxjs'
import { Burst } from './burst.ts'
import type { Descriptor } from './descriptor.ts'
import type { Address, Arrival, Endpoint } from './endpoint.ts'
import { Intake } from './intake.ts'

const MAPPED_PREFIX = '::ffff:'
/** ICMP "port unreachable", as Unix and Windows report it on a connected socket. */
const UNREACHABLE = new Set(['ECONNREFUSED', 'ECONNRESET'])

/** `host`, or the IPv4 address inside an IPv4-mapped IPv6 one (RFC 4291 §2.5.5.2). */
export function unmapped(host: string): string {
  const isMapped = host.startsWith(MAPPED_PREFIX) && host.includes('.')
  return isMapped ? host.slice(MAPPED_PREFIX.length) : host
}

/**
 * A bound dgram socket as an Endpoint; with a `peer`, a connected one. Owns the socket. Where there
 * is a descriptor under the socket, both ways go past dgram, many datagrams a call.
 */
export class UdpEndpoint implements Endpoint {
  readonly address: Address
  readonly socketBufferBytes: number
  readonly dontFragment: boolean
  readonly arrivals$: Observable<Arrival>
  readonly unreachable$: Observable<{ readonly atMs: number }>
  readonly #socket: Socket
  readonly #peer: Address | null
  readonly #descriptor: Descriptor | null
  readonly #isIPv6: boolean
  readonly #arrivals = new Subject<Arrival>()
  readonly #unreachable = new Subject<{ readonly atMs: number }>()
  readonly #gathering: Burst | Intake
  /** Whom the newest datagram came from, as dgram and as we name them: rarely a new one. */
  #senderAddress = ''
  #sender: Address = { host: '', port: 0 }
  /** Sends that dgram has not told the end of: what is sent after them must not overtake. */
  #waiting = 0
  /** The newest address sent to, as asked for and as this socket's family writes it. */
  #to: Address = { host: '', port: 0 }
  #receiver: Address = this.#to
  #closed: Promise<void> | null = null

  constructor(socket: Socket, peer: Address | null, descriptor: Descriptor | null) {
    const { address, port } = socket.address()
    this.#socket = socket
    this.#peer = peer
    this.#descriptor = descriptor
    this.dontFragment = descriptor?.dontFragment ?? false
    // Asked this way round: Node's pattern of IPv6 takes 5 ms to compile.
    this.#isIPv6 = !isIPv4(address)
    this.address = { host: address, port }
    this.socketBufferBytes = usableBufferBytes(socket)
    this.arrivals$ = this.#arrivals.asObservable()
    this.unreachable$ = this.#unreachable.asObservable()
    this.#gathering = this.#gather()
    socket.on('error', this.#onError)
    socket.on('message', (datagram, info) => this.#onMessage(datagram, info))
  }

  get offload(): boolean {
    return this.#descriptor?.segments ?? false
  }

  send(bytes: Buffer, segmentBytes: number, to: Address): void {
    // Forged datagrams may come from port 0, which dgram throws at and nobody can listen at.
    if (this.#closed !== null || to.port === 0) return
    const receiver = this.#peer === null ? this.#inOwnFamily(to) : null
    let sent = 0
    if (this.#descriptor !== null && this.#waiting === 0) {
      sent = this.#descriptor.send(bytes, segmentBytes, receiver, this.#onRefused)
    }
    if (sent < bytes.length) this.#sendSingly(bytes.subarray(sent), segmentBytes, receiver)
  }

  defer(callback: () => void): void {
    setImmediate(callback)
  }

  close(): Promise<void> {
    this.#closed ??= new Promise((resolve) => {
      this.#gathering.stop()
      this.#arrivals.complete()
      this.#unreachable.complete()
      this.#socket.close(resolve)
    })
    return this.#closed
  }

  /**
   * Sends through dgram, which waits where the kernel has no room and so needs bytes of its own. It
   * keeps their order, so that the last one tells for all: to be told of each takes its time.
   */
  #sendSingly(bytes: Buffer, segmentBytes: number, receiver: Address | null): void {
    const own = Buffer.from(bytes)
    this.#waiting += 1
    for (let offset = 0; offset < own.length; offset += segmentBytes) {
      const length = Math.min(segmentBytes, own.length - offset)
      const onSent = offset + length === own.length ? this.#onSent : undefined
      if (receiver === null) this.#socket.send(own, offset, length, onSent)
      else this.#socket.send(own, offset, length, receiver.port, receiver.host, onSent)
    }
  }

  #inOwnFamily(to: Address): Address {
    if (to !== this.#to) {
      this.#to = to
      const { host, port } = to
      const mapped = isIPv4(host) ? MAPPED_PREFIX + host : host
      this.#receiver = { host: this.#isIPv6 ? mapped : unmapped(host), port }
    }
    return this.#receiver
  }

  #onMessage(datagram: Buffer, info: RemoteInfo): void {
    if (this.#closed !== null) return
    const peer = this.#peer
    if (peer === null) {
      this.#gathering.add(datagram, this.#senderOf(info.address, info.port))
    } else if (isAt(peer, info.address, info.port)) {
      this.#gathering.add(datagram, peer)
    }
  }

  #senderOf(host: string, port: number): Address {
    if (port !== this.#sender.port || host !== this.#senderAddress) {
      this.#senderAddress = host
      this.#sender = { host: unmapped(host), port }
    }
    return this.#sender
  }

  #gather(): Burst | Intake {
    const onArrival = (arrival: Arrival) => this.#arrivals.next(arrival)
    if (this.#descriptor === null) return new Burst(onArrival)
    const peer = this.#peer
    const senderOf = ({ host, port }: Address) => {
      if (peer === null) return this.#senderOf(host, port)
      return isAt(peer, host, port) ? peer : null
    }
    return new Intake(this.#descriptor, senderOf, this.#onRefused, onArrival)
  }

  /** Shared by all sends: a datagram the kernel refuses is a datagram lost. */
  readonly #onSent = (error: Error | null): void => {
    this.#waiting -= 1
    if (error !== null) this.#onError(error)
  }

  readonly #onError = (error: Error): void => {
    if ('code' in error) this.#onRefused(String(error.code))
  }

  readonly #onRefused = (code: string): void => {
    if (this.#peer === null || this.#closed !== null || !UNREACHABLE.has(code)) return
    this.#unreachable.next({ atMs: performance.now() })
  }
}

/** The kernel filters too, but not what came between a socket's bind and its connect. */
function isAt(peer: Address, host: string, port: number): boolean {
  return port === peer.port && host === peer.host
}

/** Linux keeps half of the buffer for its own bookkeeping and reports the whole (socket(7)). */
function usableBufferBytes(socket: Socket): number {
  const bytes = socket.getRecvBufferSize()
  return process.platform === 'linux' ? bytes / 2 : bytes
}
