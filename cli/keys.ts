import { createHash, randomBytes } from 'node:crypto'

/** Bytes of a key. */
export const KEY_BYTES = 32

// Crockford's alphabet: people read keys aloud and type them, and it has no I, L, O or U to mistake.
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const KEY_CHARACTERS = 52
const CHECKSUM_CHARACTERS = 4
const GROUP_CHARACTERS = 4

/** A fresh key from the system's random source. */
export function makeKey(): Uint8Array {
  return randomBytes(KEY_BYTES)
}

/**
 * The key as people see it: 52 base32 characters and 4 of checksum, in groups of 4 with hyphens.
 * @param key 32 bytes
 */
export function formatKey(key: Uint8Array): string {
  const characters = encode(key, KEY_CHARACTERS) + checksum(key)
  return characters.match(new RegExp(`.{${GROUP_CHARACTERS}}`, 'g'))!.join('-')
}

/**
 * Reads a key in either form, grouped base32 with its checksum or 64 hex digits; letters in any
 * case, spaces and hyphens anywhere, O for 0, I and L for 1.
 * @returns 32 bytes, or null when it is mistyped
 */
export function parseKey(text: string): Uint8Array | null {
  const compact = text.replace(/[\s-]/g, '').toUpperCase()
  if (/^[0-9A-F]{64}$/.test(compact)) return Buffer.from(compact, 'hex')
  const characters = compact.replace(/O/g, '0').replace(/[IL]/g, '1')
  if (characters.length !== KEY_CHARACTERS + CHECKSUM_CHARACTERS) return null
  const key = decode(characters.slice(0, KEY_CHARACTERS))
  return key !== null && checksum(key) === characters.slice(KEY_CHARACTERS) ? key : null
}

function checksum(key: Uint8Array): string {
  return encode(createHash('sha256').update(key).digest(), CHECKSUM_CHARACTERS)
}

function encode(bytes: Uint8Array, characters: number): string {
  let bits = BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
  let bitCount = bytes.length * 8
  const padding = (5 - (bitCount % 5)) % 5
  bits <<= BigInt(padding)
  bitCount += padding
  let text = ''
  for (let at = 0; at < characters; at++) {
    text += ALPHABET[Number((bits >> BigInt(bitCount - 5 * (at + 1))) & 31n)]
  }
  return text
}

function decode(characters: string): Uint8Array | null {
  let bits = 0n
  for (const character of characters) {
    const value = ALPHABET.indexOf(character)
    if (value < 0) return null
    bits = (bits << 5n) | BigInt(value)
  }
  const padding = BigInt(characters.length * 5 - KEY_BYTES * 8)
  if ((bits & ((1n << padding) - 1n)) !== 0n) return null
  return Buffer.from((bits >> padding).toString(16).padStart(KEY_BYTES * 2, '0'), 'hex')
}
