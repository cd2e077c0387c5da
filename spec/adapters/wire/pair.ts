import { randomBytes } from 'node:crypto'
import { type ClientWire, createClientWire } from '../../../adapters/wire/client-wire.ts'
import { acceptHello, type ServerWire } from '../../../adapters/wire/server-wire.ts'
import type { Hello, Welcome } from '../../../machines/events.ts'

export const introduction = { windowRecords: 128, socketBufferBytes: 212_992 }
export const listHello: Hello = { request: { verb: 'list' }, introduction }
export const acceptedWelcome: Welcome = { answer: { kind: 'accepted', stored: [] }, introduction }

/** The two ends of one session, the server's welcome made but not yet read. */
export function meet(hello: Hello = listHello, welcome: Welcome = acceptedWelcome) {
  const key = randomBytes(32)
  const client = createClientWire({ key, sessionId: randomBytes(8), hello })
  const server = accept(client.hello, key)
  return { client, server, welcome: server.welcome(welcome) }
}

/** The two ends of one session once both hold its keys. */
export function secured(): { client: ClientWire; server: ServerWire } {
  const { client, server, welcome } = meet()
  client.read([Buffer.from(welcome)], 0)
  return { client, server }
}

export function accept(hello: Buffer, key: Uint8Array | null): ServerWire {
  const accepted = acceptHello(Buffer.from(hello), key)
  if (accepted.kind !== 'accepted') throw new Error(`hello is ${accepted.kind}`)
  return accepted.wire
}

/** A data datagram that holds sealed[offset, offset + length). */
export function dataDatagram(
  wire: ClientWire | ServerWire,
  packetNumber: number,
  record: number,
  offset: number,
  length: number,
  sealed: Buffer,
): Buffer {
  const datagram = Buffer.alloc(27 + length)
  wire.writeData(datagram, 0, packetNumber, record, offset, length, sealed)
  return datagram
}

export function flipped(bytes: Buffer, bit: number): Buffer {
  const copy = Buffer.from(bytes)
  copy[bit >> 3]! ^= 1 << (bit & 7)
  return copy
}
