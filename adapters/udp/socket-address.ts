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

/** A zone is an interface's name, or its number (RFC 4007 §11.2). */
function scopeOf(libc: Libc, zone: string): number {
  return libc.if_nametoindex(zone) || Number.parseInt(zone, 10) || 0
}
