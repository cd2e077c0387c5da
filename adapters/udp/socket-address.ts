import { isIPv4 } from 'node:net'
import type { Address } from './endpoint.ts'
import type { Libc } from './libc.ts'

export const AF_INET = 2
export const AF_INET6 = 10

/** Where Linux keeps port, address and scope in a sockaddr_in (ip(7)) and sockaddr_in6 (ipv6(7)). */
const PORT_AT = 2
const IPV4_AT = 4
const IPV4_BYTES = 16
const IPV6_AT = 8
const SCOPE_AT = 24
const IPV6_BYTES = 28
/** The longest of them. */
export const SOCKET_ADDRESS_BYTES_MAX = IPV6_BYTES
/** INET6_ADDRSTRLEN and IF_NAMESIZE are less. */
const TEXT_BYTES = 64
const text = Buffer.alloc(TEXT_BYTES)

/** An IP literal and a port as Linux takes them; null where `host` is no literal. */
export function socketAddress(libc: Libc, { host, port }: Address): Uint8Array | null {
  const family = isIPv4(host) ? AF_INET : AF_INET6
  const bytes = Buffer.alloc(family === AF_INET6 ? IPV6_BYTES : IPV4_BYTES)
  bytes.writeUInt16LE(family)
  bytes.writeUInt16BE(port, PORT_AT)
  const [literal = '', zone] = host.split('%')
  const at = bytes.subarray(family === AF_INET6 ? IPV6_AT : IPV4_AT)
  if (libc.inet_pton(family, literal, at) !== 1) return null
  if (zone !== undefined) bytes.writeUInt32LE(scopeOf(libc, zone), SCOPE_AT)
  return bytes
}

/** What `socketAddress` wrote, or the kernel; null for another family. */
export function addressOf(libc: Libc, bytes: Buffer): Address | null {
  const family = bytes.readUInt16LE()
  if (family !== AF_INET && family !== AF_INET6) return null
  const at = bytes.subarray(family === AF_INET6 ? IPV6_AT : IPV4_AT)
  const literal = libc.inet_ntop(family, at, text, TEXT_BYTES)
  if (literal === null) return null
  const scope = family === AF_INET6 && isLinkLocal(at) ? bytes.readUInt32LE(SCOPE_AT) : 0
  const zone = scope === 0 ? null : libc.if_indextoname(scope, text)
  return { host: zone === null ? literal : `${literal}%${zone}`, port: bytes.readUInt16BE(PORT_AT) }
}

/** fe80::/10 (RFC 4291 §2.5.6). */
function isLinkLocal(ipv6: Uint8Array): boolean {
  return ipv6[0] === 0xfe && (ipv6[1]! & 0xc0) === 0x80
}

/** A zone is an interface's name, or its number (RFC 4007 §11.2). */
function scopeOf(libc: Libc, zone: string): number {
  return libc.if_nametoindex(zone) || Number.parseInt(zone, 10) || 0
}
