import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { DATAGRAM_BYTES_MIN } from '../../machines/limits.ts'
import {
  HELLO,
  isHello,
  LENGTH_AT,
  PREFIX_BYTES,
  PROTOCOL_VERSION,
  prefixFault,
  REFUSED,
  SESSION_ID_AT,
  writePrefix,
} from './datagram.ts'
import { helloKey } from './keys.ts'
import { NOISE_BYTES } from './noise.ts'

/** The two plain-headed datagrams around a handshake, PROTOCOL "Hello and welcome", "Refusals". */

const VERSION_AT = PREFIX_BYTES
const MAC_AT = VERSION_AT + 1
const MAC_BYTES = 16
const NOISE_LENGTH_AT = MAC_AT + MAC_BYTES
const NOISE_AT = NOISE_LENGTH_AT + 2
const QUOTE_AT = PREFIX_BYTES
const QUOTE_BYTES = 16
const REFUSED_BYTES = QUOTE_AT + QUOTE_BYTES + 1

/** CBOR a hello may hold. */
export const HELLO_PAYLOAD_BYTES_MAX = DATAGRAM_BYTES_MIN - NOISE_AT - NOISE_BYTES

/** A hello datagram of DATAGRAM_BYTES_MIN around Noise message 1. */
export function buildHello(psk: Uint8Array, sessionId: Uint8Array, noise: Buffer): Buffer {
  const hello = Buffer.alloc(DATAGRAM_BYTES_MIN)
  writePrefix(hello, HELLO, sessionId)
  hello[VERSION_AT] = PROTOCOL_VERSION
  hello.writeUInt16BE(noise.length, NOISE_LENGTH_AT)
  hello.set(noise, NOISE_AT)
  hello.set(macOf(psk, hello), MAC_AT)
  return hello
}

/** A hello by its plain parts; what it holds is not opened yet. */
export type InspectedHello =
  | {
      readonly kind: 'sound'
      readonly bytes: Buffer
      readonly sessionId: Buffer
      readonly noise: Buffer
    }
  /** Whole and padded, but of another version or under another key. */
  | { readonly kind: 'foreign'; readonly bytes: Buffer; readonly sessionId: Buffer }
  | { readonly kind: 'malformed' }

/** Checks everything about a hello that is cheap to check. Bytes behind the hello are ignored. */
export function inspectHello(buffer: Buffer, psk: Uint8Array): InspectedHello {
  if (!isHello(buffer) || prefixFault(buffer, 0) !== null) return { kind: 'malformed' }
  const bytes = buffer.subarray(0, buffer.readUInt16BE(LENGTH_AT))
  const sessionId = bytes.subarray(SESSION_ID_AT, PREFIX_BYTES)
  if (bytes[VERSION_AT] !== PROTOCOL_VERSION) return { kind: 'foreign', bytes, sessionId }
  const mac = bytes.subarray(MAC_AT, MAC_AT + MAC_BYTES)
  if (!timingSafeEqual(mac, macOf(psk, bytes))) return { kind: 'foreign', bytes, sessionId }
  const noiseBytes = bytes.readUInt16BE(NOISE_LENGTH_AT)
  if (NOISE_AT + noiseBytes > bytes.length) return { kind: 'malformed' }
  const noise = bytes.subarray(NOISE_AT, NOISE_AT + noiseBytes)
  return { kind: 'sound', bytes, sessionId, noise }
}

/** HMAC-SHA256 over the hello with its MAC field zero, cut to 16 bytes. PROTOCOL R10. */
function macOf(psk: Uint8Array, hello: Buffer): Buffer {
  return createHmac('sha256', helloKey(psk))
    .update(hello.subarray(0, MAC_AT))
    .update(Buffer.alloc(MAC_BYTES))
    .update(hello.subarray(NOISE_LENGTH_AT))
    .digest()
    .subarray(0, MAC_BYTES)
}

/** The plain refusal of a hello. */
export function buildRefused(hello: Buffer, sessionId: Uint8Array): Buffer {
  const refused = Buffer.alloc(REFUSED_BYTES)
  writePrefix(refused, REFUSED, sessionId)
  refused.set(quoteOf(hello), QUOTE_AT)
  refused[REFUSED_BYTES - 1] = PROTOCOL_VERSION
  return refused
}

/** The version a refusal says its server speaks; null if it does not quote this hello. */
export function readRefused(refused: Buffer, hello: Buffer): number | null {
  if (refused.length !== REFUSED_BYTES) return null
  const quote = refused.subarray(QUOTE_AT, QUOTE_AT + QUOTE_BYTES)
  return quote.equals(quoteOf(hello)) ? refused[REFUSED_BYTES - 1]! : null
}

function quoteOf(hello: Buffer): Buffer {
  return createHash('sha256').update(hello).digest().subarray(0, QUOTE_BYTES)
}
