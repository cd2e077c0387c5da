import { DATA_HEADER_BYTES, DATAGRAM_BYTES_MIN, SEAL_BYTES } from '../../machines/limits.ts'

/** The plain outside of datagrams, PROTOCOL "Datagrams". All integers are big-endian. */
export const HELLO = 1
export const WELCOME = 2
export const DATA = 3
export const CONTROL = 4
export const REFUSED = 5

/** The version of the protocol spoken here, PROTOCOL R8. */
export const PROTOCOL_VERSION = 1

export const SESSION_ID_BYTES = 8
/** Where fields that every datagram has begin: type u8, own length u16, session id. */
export const LENGTH_AT = 1
export const SESSION_ID_AT = 3
/** What every datagram begins with, in bytes. */
export const PREFIX_BYTES = SESSION_ID_AT + SESSION_ID_BYTES
/** Data and control carry their u48 number right behind the prefix. */
const NUMBER_AT = PREFIX_BYTES
export const CONTROL_HEADER_BYTES = NUMBER_AT + 6
/** Packet numbers and control numbers end here, PROTOCOL R24. */
export const NUMBER_MAX = 2 ** 48 - 1

const TWO_32 = 2 ** 32

/** Why bytes from the network were no datagram of this protocol, or a message none of its own. */
export type Malformation = 'cutShort' | 'badLength' | 'notCbor' | 'outOfBounds'

/** A value from outside once checked, or why it is none. */
export type Decoded<Value> = { readonly value: Value } | { readonly malformed: Malformation }

/** What is wrong with the datagram that begins at `at`; null if it lies there whole. */
export function prefixFault(buffer: Buffer, at: number): Malformation | null {
  if (buffer.length - at < PREFIX_BYTES) return 'cutShort'
  const lengthBytes = buffer.readUInt16BE(at + LENGTH_AT)
  if (lengthBytes > buffer.length - at) return 'cutShort'
  return lengthBytes < leastBytes(buffer[at]!) ? 'badLength' : null
}

/** The shortest datagram of a type; a type unknown here has at least its prefix. */
function leastBytes(type: number): number {
  switch (type) {
    case HELLO:
      return DATAGRAM_BYTES_MIN
    case DATA:
      return DATA_HEADER_BYTES + 1
    case CONTROL:
      return CONTROL_HEADER_BYTES + SEAL_BYTES
    default:
      return PREFIX_BYTES
  }
}

export function writePrefix(into: Buffer, type: number, sessionId: Uint8Array): void {
  into[0] = type
  into.writeUInt16BE(into.length, LENGTH_AT)
  into.set(sessionId, SESSION_ID_AT)
}

/** The number of a data or control datagram whose prefix was found whole. */
export function readNumber(buffer: Buffer, at: number): number {
  return buffer.readUInt16BE(at + NUMBER_AT) * TWO_32 + buffer.readUInt32BE(at + NUMBER_AT + 2)
}

/** Throws a RangeError beyond NUMBER_MAX. */
export function writeNumber(into: Buffer, at: number, number: number): void {
  into.writeUInt16BE(Math.floor(number / TWO_32), at + NUMBER_AT)
  into.writeUInt32BE(number % TWO_32, at + NUMBER_AT + 2)
}

/** The session a datagram says it belongs to, 8 bytes as latin1; null if it is too short to say. */
export function peekSessionId(datagram: Buffer): string | null {
  if (datagram.length < PREFIX_BYTES) return null
  return datagram.toString('latin1', SESSION_ID_AT, PREFIX_BYTES)
}

/** Whether a datagram begins like a hello; says nothing about the rest of it. */
export function isHello(datagram: Buffer): boolean {
  return datagram[0] === HELLO
}
