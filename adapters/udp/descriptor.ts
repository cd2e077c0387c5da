import type { Socket } from 'node:dgram'
import type { Address } from './endpoint.ts'
import type { Libc } from './libc.ts'
import {
  AF_INET,
  AF_INET6,
  addressOf,
  SOCKET_ADDRESS_BYTES_MAX,
  socketAddress,
} from './socket-address.ts'

// The numbers are Linux's: socket(7), ip(7), ipv6(7), udp(7).
const SOCK_DGRAM = 2
const SOCK_NONBLOCK = 0o4000
const SOCK_CLOEXEC = 0o2000000
const SOL_SOCKET = 1
const SO_REUSEADDR = 2
const SO_SNDBUFFORCE = 32
const SO_RCVBUFFORCE = 33
const IPPROTO_IP = 0
const IP_MTU_DISCOVER = 10
const IPPROTO_IPV6 = 41
const IPV6_MTU_DISCOVER = 23
/** Sets DF and heeds no cached path MTU: what arrives, or not, tells (RFC 8899). */
const PMTUDISC_PROBE = 3
const IPPROTO_UDP = 17
const UDP_SEGMENT = 103
const UDP_GRO = 104

/** What one send may be cut into, as all kernels that can do it allow, and hold in all. */
const SEGMENTS_MAX = 64
const SEND_BYTES_MAX = 65_507

/** No room in the socket's buffer, or in the device's. */
const FULL = new Set(['EAGAIN', 'ENOBUFS'])

/**
 * A UDP socket of Linux made by hand, for what node:dgram cannot ask for: one call that sends many
 * datagrams, many received as one buffer, and none cut on the way. node:dgram is given the
 * descriptor and does all the rest, closing included.
 */
export class Descriptor {
  /** Whether nothing it sends is cut on the way. */
  readonly dontFragment: boolean
  readonly #libc: Libc
  readonly #fd: number
  readonly #addresses = new WeakMap<Address, Uint8Array>()
  readonly #option = Buffer.alloc(4)
  readonly #name = Buffer.alloc(SOCKET_ADDRESS_BYTES_MAX)
  readonly #nameBytes = Buffer.alloc(4)
  /** The newest name that was read, and the address it means: rarely a new one. */
  readonly #senderName = Buffer.alloc(SOCKET_ADDRESS_BYTES_MAX)
  #sender: Address | null = null
  /** Whether the kernel cuts one send into datagrams. */
  #segments: boolean
  #segmentBytes = 0
  #given = false

  private constructor(libc: Libc, fd: number, isIPv6: boolean) {
    this.#libc = libc
    this.#fd = fd
    const ipv4 = this.#set(IPPROTO_IP, IP_MTU_DISCOVER, PMTUDISC_PROBE)
    const ipv6 = !isIPv6 || this.#set(IPPROTO_IPV6, IPV6_MTU_DISCOVER, PMTUDISC_PROBE)
    this.dontFragment = ipv4 && ipv6
    this.#segments = this.#set(IPPROTO_UDP, UDP_SEGMENT, 0)
    // Datagrams say their own length, so what arrives as one buffer needs no more than this.
    this.#set(IPPROTO_UDP, UDP_GRO, 1)
  }

  /** Null where the system has no socket of the family. */
  static open(libc: Libc, isIPv6: boolean): Descriptor | null {
    const type = SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC
    const fd = libc.socket(isIPv6 ? AF_INET6 : AF_INET, type, 0)
    return fd < 0 ? null : new Descriptor(libc, fd, isIPv6)
  }

  get segments(): boolean {
    return this.#segments
  }

  /** Throws an error that carries the system's `code`. */
  bind(address: Address): void {
    const name = socketAddress(this.#libc, address)
    if (name === null) throw Object.assign(new Error('no IP literal'), { code: 'EINVAL' })
    if (this.#libc.bind(this.#fd, name, name.length) === 0) return
    throw Object.assign(new Error('bind failed'), { code: this.#libc.errorCode() })
  }

  /** Has `socket` be the owner, once bound: libuv lets others bind beside what it is given. */
  giveTo(socket: Socket): void {
    socket.bind({ fd: this.#fd })
    this.#given = true
    this.#set(SOL_SOCKET, SO_REUSEADDR, 0)
  }

  /** Closes it, unless a socket was given it and will. */
  abandon(): void {
    if (!this.#given) this.#libc.close(this.#fd)
  }

  /** Asks for socket buffers beyond what the system grants everybody; false where that is denied. */
  forceBuffers(bytes: number): boolean {
    const received = this.#set(SOL_SOCKET, SO_RCVBUFFORCE, bytes)
    return received && this.#set(SOL_SOCKET, SO_SNDBUFFORCE, bytes)
  }

  /**
   * Sends `bytes` as datagrams of `segmentBytes` until the kernel has no room, and returns how many
   * bytes it took. Anything else that it refuses is lost, and `onRefused` told the code.
   * @param to null on a connected socket
   */
  send(
    bytes: Buffer,
    segmentBytes: number,
    to: Address | null,
    onRefused: (code: string) => void,
  ): number {
    const name = to === null ? null : this.#nameOf(to)
    let at = 0
    while (at < bytes.length) {
      const count = this.#segments ? segmentsOf(segmentBytes) : 1
      const part = bytes.subarray(at, at + count * segmentBytes)
      this.#cutInto(part.length > segmentBytes ? segmentBytes : 0)
      const code = this.#sendPart(part, name, onRefused)
      if (code === 'EIO' && this.#segmentBytes > 0) {
        // Not every device can be given more than one datagram; this one cannot.
        this.#segments = false
        continue
      }
      if (code !== null && FULL.has(code)) {
        // What dgram sends in its stead must leave whole.
        this.#cutInto(0)
        return at
      }
      at += part.length
    }
    return at
  }

  /**
   * Takes a datagram that waits, or several of one sender, and returns how long it is; null where
   * none does. What became of datagrams sent is told in between.
   */
  receive(into: Uint8Array, onRefused: (code: string) => void): number | null {
    const name = this.#name
    for (;;) {
      this.#nameBytes.writeUInt32LE(name.length)
      const bytes = this.#libc.recvfrom(this.#fd, into, into.length, 0, name, this.#nameBytes)
      if (bytes >= 0) return bytes
      const code = this.#libc.errorCode()
      if (code === 'EINTR') continue
      if (code === 'EAGAIN') return null
      onRefused(code)
      return null
    }
  }

  /** Who sent what was received last; the same object as long as it is the same sender. */
  get sender(): Address | null {
    if (!this.#name.equals(this.#senderName)) {
      this.#name.copy(this.#senderName)
      this.#sender = addressOf(this.#libc, this.#name)
    }
    return this.#sender
  }

  /** Returns why the kernel did not take it, or null. */
  #sendPart(
    part: Buffer,
    name: Uint8Array | null,
    onRefused: (code: string) => void,
  ): string | null {
    const nameBytes = name?.length ?? 0
    for (let attempt = 1; ; attempt += 1) {
      if (this.#libc.sendto(this.#fd, part, part.length, 0, name, nameBytes) >= 0) return null
      const code = this.#libc.errorCode()
      if (FULL.has(code)) return code
      onRefused(code)
      // What became of an earlier datagram is told in the place of a later one's sending.
      if (attempt === 2) return code
    }
  }

  #cutInto(segmentBytes: number): void {
    if (segmentBytes === this.#segmentBytes) return
    this.#segmentBytes = segmentBytes
    this.#set(IPPROTO_UDP, UDP_SEGMENT, segmentBytes)
  }

  #nameOf(address: Address): Uint8Array {
    let name = this.#addresses.get(address)
    if (name === undefined) {
      name = socketAddress(this.#libc, address) ?? NOWHERE
      this.#addresses.set(address, name)
    }
    return name
  }

  #set(level: number, option: number, value: number): boolean {
    this.#option.writeInt32LE(value)
    return this.#libc.setsockopt(this.#fd, level, option, this.#option, 4) === 0
  }
}

/** Too short for an address: the kernel refuses to send there. */
const NOWHERE = new Uint8Array(1)

/** How many datagrams of a size one send may carry. */
function segmentsOf(segmentBytes: number): number {
  return Math.max(1, Math.min(SEGMENTS_MAX, Math.floor(SEND_BYTES_MAX / segmentBytes)))
}
