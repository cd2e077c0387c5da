import { createCipheriv, createDecipheriv } from 'node:crypto'
import { FailureError } from '../../machines/failures.ts'
import { RECORD_BYTES, RECORDS_MAX, SEAL_BYTES } from '../../machines/limits.ts'
import {
  CONTROL,
  CONTROL_HEADER_BYTES,
  DATA,
  NUMBER_MAX,
  readNumber,
  writeNumber,
  writePrefix,
} from './datagram.ts'

const CIPHER = 'aes-256-gcm'
const NOTHING = Buffer.alloc(0)

/**
 * Seals the records of one direction, PROTOCOL R23. A nonce used twice would give the key away, so
 * a record number is sealed once and what was sealed is sent again as it is.
 */
export class RecordSealer {
  readonly #key: Buffer
  /** Every number below this is sealed; those sealed ahead of it stand in #ahead. */
  #sealedBelow = 0
  readonly #ahead = new Set<number>()

  constructor(key: Buffer) {
    this.#key = key
  }

  /**
   * Ciphertext and 16-byte tag, in `into`, which is as long as both. Throws a FailureError for a
   * number out of range or used before.
   */
  seal(record: number, plain: Uint8Array, into = roomFor(plain)): Buffer {
    if (!Number.isInteger(record) || record < 0 || record >= RECORDS_MAX) {
      throw new FailureError({ kind: 'protocolViolated', what: 'record number out of range' })
    }
    if (plain.length > RECORD_BYTES) {
      throw new FailureError({ kind: 'protocolViolated', what: 'record too long' })
    }
    if (record < this.#sealedBelow || this.#ahead.has(record)) {
      throw new FailureError({ kind: 'protocolViolated', what: 'record sealed twice' })
    }
    this.#ahead.add(record)
    while (this.#ahead.delete(this.#sealedBelow)) this.#sealedBelow++
    return seal(this.#key, nonceOf(DATA, record), NOTHING, plain, into)
  }
}

/** The plain record; null if it is not authentic, or no record of this number. */
export function openRecord(key: Buffer, record: number, sealed: Uint8Array): Buffer | null {
  if (sealed.length > RECORD_BYTES + SEAL_BYTES) return null
  return open(key, nonceOf(DATA, record), NOTHING, sealed)
}

/** A whole control datagram, PROTOCOL "Control". Throws a FailureError when numbers run out. */
export function sealControl(
  key: Buffer,
  sessionId: Uint8Array,
  number: number,
  plain: Uint8Array,
): Buffer {
  if (number > NUMBER_MAX) {
    throw new FailureError({ kind: 'protocolViolated', what: 'control numbers exhausted' })
  }
  const datagram = Buffer.alloc(CONTROL_HEADER_BYTES + plain.length + SEAL_BYTES)
  writePrefix(datagram, CONTROL, sessionId)
  writeNumber(datagram, 0, number)
  const header = datagram.subarray(0, CONTROL_HEADER_BYTES)
  seal(key, nonceOf(CONTROL, number), header, plain, datagram.subarray(CONTROL_HEADER_BYTES))
  return datagram
}

/** The CBOR inside a control datagram; null if it is not authentic. */
export function openControl(key: Buffer, datagram: Buffer): Buffer | null {
  const header = datagram.subarray(0, CONTROL_HEADER_BYTES)
  const nonce = nonceOf(CONTROL, readNumber(datagram, 0))
  return open(key, nonce, header, datagram.subarray(CONTROL_HEADER_BYTES))
}

/** 12 bytes: the type of the datagrams that carry it, and its number. PROTOCOL R22. */
function nonceOf(kind: number, number: number): Buffer {
  const nonce = Buffer.alloc(12)
  nonce.writeUInt32BE(kind, 0)
  nonce.writeUIntBE(number, 6, 6)
  return nonce
}

function roomFor(plain: Uint8Array): Buffer {
  return Buffer.allocUnsafe(plain.length + SEAL_BYTES)
}

function seal(key: Buffer, nonce: Buffer, header: Buffer, plain: Uint8Array, into: Buffer): Buffer {
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: SEAL_BYTES })
  cipher.setAAD(header)
  into.set(cipher.update(plain))
  cipher.final()
  into.set(cipher.getAuthTag(), plain.length)
  return into
}

function open(key: Buffer, nonce: Buffer, header: Buffer, sealed: Uint8Array): Buffer | null {
  const bodyBytes = sealed.length - SEAL_BYTES
  if (bodyBytes < 0) return null
  const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: SEAL_BYTES })
  decipher.setAAD(header)
  decipher.setAuthTag(sealed.subarray(bodyBytes))
  const plain = decipher.update(sealed.subarray(0, bodyBytes))
  try {
    decipher.final()
    return plain
  } catch {
    return null
  }
}
