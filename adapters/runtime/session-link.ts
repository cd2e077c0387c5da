import { AMPLIFICATION_MAX, DATA_HEADER_BYTES } from '../../machines/limits.ts'
import type { Control } from '../../machines/messages.ts'
import type { Outbound } from '../../machines/recovery/outbound.ts'
import type { SegmentColumns } from '../../machines/recovery/segment-columns.ts'
import type { Deadline } from '../../machines/timers.ts'
import type { Address, Arrival, Endpoint } from '../udp/endpoint.ts'
import { PacingLoop } from '../udp/pacing-loop.ts'
import type { SessionWire } from '../wire/session-wire.ts'
import { SessionStream } from './session-stream.ts'

/** Where a sender's sealed records are kept. */
export interface SealedRecords {
  sealed(record: number): Buffer
}

/** One session's way to its peer: what is sent, when, and the stream of all that happens. */
export class SessionLink {
  readonly stream: SessionStream
  readonly #endpoint: Endpoint
  readonly #peer: Address
  #wire: SessionWire | null = null
  #pacing: PacingLoop | null = null
  #greeted = false
  #trusted: boolean
  #receivedBytes: number
  #sentBytes = 0

  /**
   * `helloBytes`: what the peer sent so far from an address it has not proved; null when this side
   * chose the address and trusts it.
   */
  constructor(endpoint: Endpoint, peer: Address, helloBytes: number | null) {
    this.#endpoint = endpoint
    this.#peer = peer
    this.#trusted = helloBytes === null
    this.#receivedBytes = helloBytes ?? 0
    this.stream = new SessionStream((datagrams, atMs) => this.#wire?.read(datagrams, atMs) ?? null)
  }

  /** The wire to read and write with, once there is one. */
  adopt(wire: SessionWire): void {
    this.#wire = wire
    this.#greeted = false
  }

  arrive(arrival: Arrival): void {
    for (const datagram of arrival.datagrams) this.#receivedBytes += datagram.length
    this.stream.arrive(arrival)
  }

  /** The peer lives at its address: it may be sent more than three times what it sent. */
  trust(): void {
    this.#trusted = true
  }

  /** Sends our hello or welcome. */
  greet(datagram: Buffer): void {
    this.#send(Buffer.from(datagram), datagram.length)
    if (this.#greeted) return
    this.#greeted = true
    this.stream.transfer({ type: 'greeted', atMs: performance.now() })
  }

  /** Seals and sends a control; before there are keys there is nothing to say. */
  say(control: Control): void {
    if (this.#wire === null || !this.#wire.isSecured) return
    const datagram = this.#wire.sealControl(control)
    this.#send(datagram, datagram.length)
  }

  arm(deadline: Deadline | null): void {
    this.stream.arm(deadline)
  }

  /** Sends what the books allow, until nothing more may be sent. */
  transmit(outbound: Outbound, records: SealedRecords): void {
    this.#pacing ??= new PacingLoop(outbound, {
      write: (columns, count) => this.#write(columns, count, records),
      allowanceBytes: () => this.#allowanceBytes,
      defer: (callback) => this.#endpoint.defer(callback),
      onPause: (atMs) => this.stream.transfer({ type: 'paused', atMs }),
    })
    this.#pacing.kick()
  }

  /** The transfer is over: no more data, no more transport timers. */
  rest(): void {
    this.#pacing?.stop()
    this.#pacing = null
    this.stream.arm(null)
  }

  close(): void {
    this.rest()
    this.stream.close()
  }

  get #allowanceBytes(): number {
    if (this.#trusted) return Number.POSITIVE_INFINITY
    return AMPLIFICATION_MAX * this.#receivedBytes - this.#sentBytes
  }

  #send(bytes: Buffer, segmentBytes: number): void {
    if (bytes.length > this.#allowanceBytes) return
    this.#sentBytes += bytes.length
    this.#endpoint.send(bytes, segmentBytes, this.#peer)
  }

  /** Datagrams of one size leave together, as segments of one send; a shorter one may end it. */
  #write(columns: SegmentColumns, count: number, records: SealedRecords): void {
    if (this.#wire === null) return
    let total = 0
    for (let i = 0; i < count; i += 1) total += columns.lengths[i]! + DATA_HEADER_BYTES
    const bytes = Buffer.allocUnsafe(total)
    let from = 0
    let at = 0
    let segmentBytes = 0
    for (let i = 0; i < count; i += 1) {
      const datagramBytes = columns.lengths[i]! + DATA_HEADER_BYTES
      const isShorterBefore = (at - from) % Math.max(segmentBytes, 1) !== 0
      if (at > from && (datagramBytes > segmentBytes || isShorterBefore)) {
        this.#send(bytes.subarray(from, at), segmentBytes)
        from = at
      }
      if (at === from) segmentBytes = datagramBytes
      at = this.#wire.writeData(
        bytes,
        at,
        columns.packetNumbers[i]!,
        columns.records[i]!,
        columns.offsets[i]!,
        columns.lengths[i]!,
        records.sealed(columns.records[i]!),
      )
    }
    this.#send(bytes.subarray(from, at), segmentBytes)
  }
}
