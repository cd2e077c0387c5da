import { FailureError } from '../../machines/failures.ts'
import { RECORD_BYTES, RECORDS_MAX, SEAL_BYTES } from '../../machines/limits.ts'
import type { Aead } from './aead.ts'
import {
  CONTROL,
  CONTROL_HEADER_BYTES,
  DATA,
  NUMBER_MAX,
  readNumber,
  writeNumber,
  writePrefix,
} from './datagram.ts'

const NOTHING = Buffer.alloc(0)

/**
 * Seals the records of one direction, PROTOCOL R23. A nonce used twice would give the key away, so
 * a record number is sealed once and what was sealed is sent again as it is.
 */
export class RecordSealer {
  readonly #aead: Aead
  readonly #key: Buffer
  /** Every number below this is sealed; those sealed ahead of it stand in #ahead. */
  #sealedBelow = 0
  readonly #ahead = new Set<number>()

  constructor(aead: Aead, key: Buffer) {
    this.#aead = aead
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
    this.#aead.seal(this.#key, nonceOf(DATA, record), NOTHING, plain, into)
    return into
  }
}

/**
 * The plain record, in `into`, which is as long as it; null if it is not authentic, or no record of
 * this number.
 */
export function openRecord(
  aead: Aead,
  key: Buffer,
  record: number,
  sealed: Uint8Array,
  into = roomInside(sealed),
): Buffer | null {
  if (sealed.length < SEAL_BYTES || sealed.length > RECORD_BYTES + SEAL_BYTES) return null
  return aead.open(key, nonceOf(DATA, record), NOTHING, sealed, into) ? into : null
}

/** A whole control datagram, PROTOCOL "Control". Throws a FailureError when numbers run out. */
export function sealControl(
  aead: Aead,
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
  const sealed = datagram.subarray(CONTROL_HEADER_BYTES)
  aead.seal(key, nonceOf(CONTROL, number), header, plain, sealed)
  return datagram
}

/** The CBOR inside a control datagram; null if it is not authentic. */
export function openControl(aead: Aead, key: Buffer, datagram: Buffer): Buffer | null {
  const header = datagram.subarray(0, CONTROL_HEADER_BYTES)
  const nonce = nonceOf(CONTROL, readNumber(datagram, 0))
  const sealed = datagram.subarray(CONTROL_HEADER_BYTES)
  if (sealed.length < SEAL_BYTES) return null
  const plain = roomInside(sealed)
  return aead.open(key, nonce, header, sealed, plain) ? plain : null
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

function roomInside(sealed: Uint8Array): Buffer {
  return Buffer.allocUnsafe(Math.max(0, sealed.length - SEAL_BYTES))
}
