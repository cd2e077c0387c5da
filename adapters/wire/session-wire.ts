import type { BurstEvent, NumberedControl } from '../../machines/events.ts'
import { FailureError } from '../../machines/failures.ts'
import { DATA_HEADER_BYTES, RECORD_BYTES, SEAL_BYTES } from '../../machines/limits.ts'
import type { Control } from '../../machines/messages.ts'
import type { Aead } from './aead.ts'
import { BurstBuilder } from './burst.ts'
import { decodeControl, encodeControl } from './codec.ts'
import {
  CONTROL,
  DATA,
  LENGTH_AT,
  prefixFault,
  readNumber,
  SESSION_ID_AT,
  writeNumber,
} from './datagram.ts'
import { isSliceOf } from './digests.ts'
import type { DirectionKeys } from './keys.ts'
import { ReplayWindow } from './replay.ts'
import { openControl, openRecord, RecordSealer, sealControl } from './seal.ts'
import { Tokens } from './token.ts'

/** Datagrams that arrived and were dropped, by why. */
export interface WireCounters {
  /** No datagram, or opened and no message of this protocol. */
  malformed: number
  /**
   * A false token, a seal that does not open, a refusal that does not quote our hello, a slice that
   * does not match the digests of its record.
   */
  forged: number
  /** A control number that was taken before. */
  replayed: number
  /** Another session's, a type this side does not take, or before there were keys. */
  unexpected: number
}

/** Told of each control that opened, how long its datagram is and the buffer it came in. */
export type OnControl = (control: NumberedControl, bytes: number, row: number) => void

/** One session as bytes: what either side reads and writes. */
export interface SessionWire {
  /** 8 bytes as latin1, the router's key. */
  readonly sessionId: string
  readonly counters: WireCounters
  /** Whether there are keys yet to seal and open with. */
  readonly isSecured: boolean
  /**
   * Opens and checks datagrams that arrived together; a buffer may hold several, one behind the
   * other. Total. Null when nothing of it is worth an event. The event holds views of the buffers.
   * `onControl` hears of every control that opened, and in which of the buffers it was.
   */
  read(datagrams: readonly Buffer[], atMs: number, onControl?: OnControl): BurstEvent | null
  /** A whole datagram under the next control number. Throws a FailureError before the welcome. */
  sealControl(control: Control): Buffer
  /**
   * Ciphertext and 16-byte tag, in `into` if given, which is as long as both. Throws a FailureError
   * when the record was sealed before, or before the welcome.
   */
  sealRecord(record: number, plain: Uint8Array, into?: Buffer): Buffer
  /** The plain record, in `into` if given, which is as long as it; null if it is not authentic. */
  openRecord(record: number, sealed: Uint8Array, into?: Buffer): Buffer | null
  /** From now on slices of this record are dropped that do not match, until it opens. */
  learnDigests(record: number, digests: Uint8Array): void
  /**
   * Writes a data datagram's header and sealed[offset, offset + length) at `at`; returns the offset
   * after it. Throws a RangeError beyond the last packet number or what `into` holds.
   */
  writeData(
    into: Buffer,
    at: number,
    packetNumber: number,
    record: number,
    offset: number,
    length: number,
    sealed: Buffer,
  ): number
}

/** Where the fields of a data datagram behind its number begin, PROTOCOL "Data". */
const TOKEN_AT = 17
const RECORD_AT = 21
const OFFSET_AT = 25

/** What there is once the handshake has given keys. */
interface Secured {
  readonly sending: DirectionKeys
  readonly receiving: DirectionKeys
  readonly sealer: RecordSealer
  readonly tokensOut: Tokens
  readonly tokensIn: Tokens
  readonly replays: ReplayWindow
}

/** Everything of a session's wire but the handshake, which the two sides do differently. */
export abstract class SecuredWire implements SessionWire {
  readonly sessionId: string
  readonly counters: WireCounters = { malformed: 0, forged: 0, replayed: 0, unexpected: 0 }
  protected readonly sessionIdBytes: Buffer
  readonly #aead: Aead
  readonly #idHigh: number
  readonly #idLow: number
  #secured: Secured | null = null
  readonly #digests = new Map<number, Uint8Array>()
  #nextControl = 0
  #newestStatus = -1

  protected constructor(sessionId: Uint8Array, aead: Aead) {
    this.#aead = aead
    this.sessionIdBytes = Buffer.from(sessionId)
    this.sessionId = this.sessionIdBytes.toString('latin1')
    this.#idHigh = this.sessionIdBytes.readUInt32BE(0)
    this.#idLow = this.sessionIdBytes.readUInt32BE(4)
  }

  /** Takes a datagram of the handshake, whole and of this session. */
  protected abstract readHandshake(type: number, datagram: Buffer, burst: BurstBuilder): void

  get isSecured(): boolean {
    return this.#secured !== null
  }

  protected secure(sending: DirectionKeys, receiving: DirectionKeys): void {
    this.#secured = {
      sending,
      receiving,
      sealer: new RecordSealer(this.#aead, sending.records),
      tokensOut: new Tokens(sending.token),
      tokensIn: new Tokens(receiving.token),
      replays: new ReplayWindow(),
    }
  }

  read(datagrams: readonly Buffer[], atMs: number, onControl?: OnControl): BurstEvent | null {
    const burst = new BurstBuilder()
    for (let row = 0; row < datagrams.length; row++) {
      const buffer = datagrams[row]!
      let at = 0
      while (at < buffer.length) {
        if (prefixFault(buffer, at) !== null) {
          this.counters.malformed++
          break
        }
        const end = at + buffer.readUInt16BE(at + LENGTH_AT)
        const control = this.#readOne(buffer, at, end, burst)
        if (control !== null) onControl?.(control, end - at, row)
        at = end
      }
    }
    return burst.finish(atMs)
  }

  /** Returns the control it was, if it was one and opened. */
  #readOne(buffer: Buffer, at: number, end: number, burst: BurstBuilder): NumberedControl | null {
    if (
      buffer.readUInt32BE(at + SESSION_ID_AT) !== this.#idHigh ||
      buffer.readUInt32BE(at + SESSION_ID_AT + 4) !== this.#idLow
    ) {
      this.counters.unexpected++
      return null
    }
    const type = buffer[at]!
    if (type !== DATA && type !== CONTROL) {
      this.readHandshake(type, buffer.subarray(at, end), burst)
    } else if (this.#secured === null) this.counters.unexpected++
    else if (type === DATA) this.#readData(this.#secured, buffer, at, end, burst)
    else return this.#readControl(this.#secured, buffer.subarray(at, end), burst)
    return null
  }

  #readData({ tokensIn }: Secured, buffer: Buffer, at: number, end: number, burst: BurstBuilder) {
    const packetNumber = readNumber(buffer, at)
    if (!tokensIn.verify(packetNumber, buffer.readUInt32BE(at + TOKEN_AT))) {
      this.counters.forged++
      return
    }
    const offset = buffer.readUInt16BE(at + OFFSET_AT)
    const sliceAt = at + DATA_HEADER_BYTES
    if (offset + end - sliceAt > RECORD_BYTES + SEAL_BYTES) {
      this.counters.malformed++
      return
    }
    const record = buffer.readUInt32BE(at + RECORD_AT)
    const digests = this.#digests.size === 0 ? undefined : this.#digests.get(record)
    if (digests !== undefined && !isSliceOf(digests, offset, buffer.subarray(sliceAt, end))) {
      this.counters.forged++
      return
    }
    burst.addData(packetNumber, record, offset, buffer, sliceAt, end)
  }

  #readControl(
    { receiving, replays }: Secured,
    datagram: Buffer,
    burst: BurstBuilder,
  ): NumberedControl | null {
    const number = readNumber(datagram, 0)
    if (replays.has(number)) {
      this.counters.replayed++
      return null
    }
    const plain = openControl(this.#aead, receiving.control, datagram)
    if (plain === null) {
      this.counters.forged++
      return null
    }
    replays.take(number)
    const control = decodeControl(plain)
    if ('malformed' in control) {
      this.counters.malformed++
      return null
    }
    const numbered = { ...control.value, number }
    if (numbered.kind === 'status') {
      if (number < this.#newestStatus) return numbered
      this.#newestStatus = number
    }
    burst.addControl(numbered)
    return numbered
  }

  sealControl(control: Control): Buffer {
    const { sending } = this.#secure()
    const number = this.#nextControl++
    const plain = encodeControl(control)
    return sealControl(this.#aead, sending.control, this.sessionIdBytes, number, plain)
  }

  sealRecord(record: number, plain: Uint8Array, into?: Buffer): Buffer {
    return this.#secure().sealer.seal(record, plain, into)
  }

  openRecord(record: number, sealed: Uint8Array, into?: Buffer): Buffer | null {
    const { records } = this.#secure().receiving
    const plain = openRecord(this.#aead, records, record, sealed, into)
    if (plain !== null) this.#digests.delete(record)
    return plain
  }

  learnDigests(record: number, digests: Uint8Array): void {
    this.#digests.set(record, digests)
  }

  writeData(
    into: Buffer,
    at: number,
    packetNumber: number,
    record: number,
    offset: number,
    length: number,
    sealed: Buffer,
  ): number {
    const end = at + DATA_HEADER_BYTES + length
    writeNumber(into, at, packetNumber)
    into[at] = DATA
    into.writeUInt16BE(DATA_HEADER_BYTES + length, at + LENGTH_AT)
    into.writeUInt32BE(this.#idHigh, at + SESSION_ID_AT)
    into.writeUInt32BE(this.#idLow, at + SESSION_ID_AT + 4)
    into.writeUInt32BE(this.#secure().tokensOut.at(packetNumber), at + TOKEN_AT)
    into.writeUInt32BE(record, at + RECORD_AT)
    into.writeUInt16BE(offset, at + OFFSET_AT)
    if (sealed.copy(into, at + DATA_HEADER_BYTES, offset, offset + length) !== length) {
      throw new RangeError('slice does not lie in its record and buffer')
    }
    return end
  }

  #secure(): Secured {
    if (this.#secured === null) {
      throw new FailureError({ kind: 'protocolViolated', what: 'no keys before the welcome' })
    }
    return this.#secured
  }
}
