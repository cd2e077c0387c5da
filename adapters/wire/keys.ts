import { hkdfSync } from 'node:crypto'
import type { Split } from './noise.ts'

/** The keys of one direction, 32 bytes each. PROTOCOL "Keys". */
export interface DirectionKeys {
  readonly records: Buffer
  readonly control: Buffer
  readonly token: Buffer
}

export interface SessionKeys {
  /** What the client seals and the server opens. */
  readonly client: DirectionKeys
  /** What the server seals and the client opens. */
  readonly server: DirectionKeys
}

const KEY_BYTES = 32

/** A server that was started without a key shares this one with everybody, PROTOCOL R12. */
const NO_KEY = new Uint8Array(KEY_BYTES)

export function preSharedKey(key: Uint8Array | null): Uint8Array {
  return key ?? NO_KEY
}

const helloKeys = new WeakMap<Uint8Array, Buffer>()

/** The key of the MAC over a hello. Kept, because a flood of hellos must stay cheap to refuse. */
export function helloKey(psk: Uint8Array): Buffer {
  let key = helloKeys.get(psk)
  if (key === undefined) {
    key = derive(psk, Buffer.alloc(0), 'hello')
    helloKeys.set(psk, key)
  }
  return key
}

/** The six keys of a session, PROTOCOL R21. */
export function sessionKeys(split: Split): SessionKeys {
  return {
    client: directionKeys(split.clientKey, split.handshakeHash),
    server: directionKeys(split.serverKey, split.handshakeHash),
  }
}

function directionKeys(secret: Buffer, salt: Buffer): DirectionKeys {
  return {
    records: derive(secret, salt, 'records'),
    control: derive(secret, salt, 'control'),
    token: derive(secret, salt, 'token'),
  }
}

/** HKDF-SHA256, RFC 5869. */
function derive(secret: Uint8Array, salt: Uint8Array, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, salt, `ferrygram 1 ${purpose}`, KEY_BYTES))
}
