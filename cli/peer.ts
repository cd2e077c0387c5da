import { isIP } from 'node:net'
import { hostname, networkInterfaces } from 'node:os'
import type { Peer } from '../adapters/runtime/api.ts'

/** `host:port` as people write it, an IPv6 address in brackets, names in lower case. */
export function hostAndPort({ host, port }: Peer): string {
  const plain = host.toLowerCase()
  return plain.includes(':') ? `[${plain}]:${port}` : `${plain}:${port}`
}

/** Whether only this machine can reach the address or name. */
export function isLoopback(host: string): boolean {
  const plain = host.toLowerCase()
  if (plain === 'localhost' || plain === '::1') return true
  const embedded = plain.replace(/^::ffff:/, '')
  return isIP(embedded) === 4 && embedded.startsWith('127.')
}

/** Whether the name or address is one of this machine's own. */
export function isThisMachine(host: string): boolean {
  const plain = host.toLowerCase()
  if (isLoopback(plain) || plain === hostname().toLowerCase()) return true
  return ownAddresses().some(({ address }) => address.toLowerCase() === plain)
}

/** An address of this machine that others may reach it at, or its name when it has none. */
export function reachableHost(): string {
  const outward = ownAddresses().filter(({ internal }) => !internal)
  return (outward.find(({ family }) => family === 'IPv4') ?? outward[0])?.address ?? hostname()
}

function ownAddresses() {
  return Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
}
