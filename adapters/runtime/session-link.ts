import type { BurstEvent, NumberedControl } from '../../machines/events.ts'
import { DATA_HEADER_BYTES } from '../../machines/limits.ts'
import type { Control } from '../../machines/messages.ts'
import { type Books, lostShare, toldPath } from '../../machines/recovery/books.ts'
import type { Outbound } from '../../machines/recovery/outbound.ts'
import type { SegmentColumns } from '../../machines/recovery/segment-columns.ts'
import type { Address, Arrival, Endpoint } from '../udp/endpoint.ts'
import { PacingLoop, SEND_BYTES_MAX } from '../udp/pacing-loop.ts'
import type { SessionWire } from '../wire/session-wire.ts'
import type { Paths } from './path-memory.ts'
import { PeerAddress } from './peer-address.ts'
import { SessionStream } from './session-stream.ts'

/** Where a sender's sealed records are kept. */
export interface SealedRecords {
  sealed(record: number): Buffer
}

/** A peer whose address is not proved. */
export interface Stranger {
  readonly helloBytes: number
  newToken(): Uint8Array
}

/** What leaves next: written and sent at once, so all sessions share it. */
const outgoing = Buffer.allocUnsafeSlow(SEND_BYTES_MAX)

function noToken(): never {
  throw new Error('who chose the address challenges nobody')
}

/** One session's way to its peer: what is sent, when, and the stream of all that happens. */
export class SessionLink {
  readonly stream: SessionStream
  readonly #endpoint: Endpoint
  readonly #peer: PeerAddress
  /** Whether the peer may move; a side that chose the address stays with it. */
  readonly #follows: boolean
  readonly #paths: Paths | null
  #wire: SessionWire | null = null
  #pacing: PacingLoop | null = null
  #books: Books | null = null
  #greeted = false

  /**
   * `stranger`: what the peer sent so far from an address it has not proved, and how to make 8
   * random bytes; null when this side chose the address and trusts it. `paths` are told what
   * a transfer found out of the path.
   */
  constructor(
    endpoint: Endpoint,
    peer: Address,
    stranger: Stranger | null,
    paths: Paths | null = null,
  ) {
    this.#endpoint = endpoint
    this.#paths = paths
    this.#follows = stranger !== null
    this.#peer = new PeerAddress(peer, stranger?.helloBytes ?? 0, stranger?.newToken ?? noToken)
    if (stranger === null) this.#peer.trust()
    this.stream = new SessionStream((arrival) => this.#read(arrival))
  }

  /** The wire to read and write with, once there is one. */
  adopt(wire: SessionWire): void {
    this.#wire = wire
    this.#greeted = false
  }

  arrive(arrival: Arrival): void {
    const { datagrams, from } = arrival
    for (let row = 0; row < datagrams.length; row++) {
      this.#peer.onReceived(datagrams[row]!.length, from[row]!)
    }
    this.stream.arrive(arrival)
  }

  /** The peer lives at its address: it may be sent more than three times what it sent. */
  trust(): void {
    this.#peer.trust()
  }

  /** Asks the peer to prove the address that its newest control came from. */
  challenge(): void {
    const wire = this.#wire
    if (wire === null) return
    this.#peer.ask(
      performance.now(),
      (token) => wire.sealControl({ kind: 'challenge', token }),
      (datagram, to) => this.#endpoint.send(datagram, datagram.length, to),
    )
  }

  /** From now on everything goes to the address that was proved. */
  move(): void {
    this.#peer.take()
  }

  /** Sends our hello or welcome. */
  greet(datagram: Buffer): void {
    this.#send(datagram, datagram.length)
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

  /** Has the stream bring the timeout that the books of a transfer wait for. */
  arm(books: Books): void {
    this.#books = books
    this.stream.arm(books.deadline())
  }

  /** What its last transfer lost so far, as a share of the packets sent. */
  get lostShare(): number {
    return this.#books === null ? 0 : lostShare(this.#books)
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
    if (this.#pacing !== null) this.#tellPath()
    this.#pacing?.stop()
    this.#pacing = null
    this.stream.arm(null)
  }

  close(): void {
    this.rest()
    this.stream.close()
  }

  get #allowanceBytes(): number {
    return this.#peer.allowanceBytes
  }

  #tellPath(): void {
    const path = this.#books === null ? null : toldPath(this.#books)
    if (path !== null) this.#paths?.remember(this.#peer.address.host, path)
  }

  #send(bytes: Buffer, segmentBytes: number): void {
    if (bytes.length > this.#allowanceBytes) return
    this.#peer.onSent(bytes.length)
    this.#endpoint.send(bytes, segmentBytes, this.#peer.address)
  }

  #read({ datagrams, from, atMs }: Arrival): BurstEvent | null {
    const onControl = (control: NumberedControl, bytes: number, row: number) =>
      this.#locate(control, bytes, from[row]!, atMs)
    return this.#wire?.read(datagrams, atMs, onControl) ?? null
  }

  /** Tells what a control says about addresses, ahead of the burst it is in. */
  #locate(control: NumberedControl, bytes: number, from: Address, atMs: number): void {
    if (control.kind === 'challenge') {
      this.stream.address({ type: 'challenged', token: control.token, atMs })
    }
    if (!this.#follows) return
    const heard = this.#peer.hear(control, bytes, from)
    if (heard === 'changed') this.stream.address({ type: 'addressChanged', atMs })
    if (heard === 'proved') {
      this.stream.address({ type: 'addressProved', rttMs: this.#peer.askedForMs(atMs), atMs })
    }
  }

  /** All leave in one send. */
  #write(columns: SegmentColumns, count: number, records: SealedRecords): void {
    if (this.#wire === null) return
    let at = 0
    for (let i = 0; i < count; i += 1) {
      at = this.#wire.writeData(
        outgoing,
        at,
        columns.packetNumbers[i]!,
        columns.records[i]!,
        columns.offsets[i]!,
        columns.lengths[i]!,
        records.sealed(columns.records[i]!),
      )
    }
    this.#send(outgoing.subarray(0, at), columns.lengths[0]! + DATA_HEADER_BYTES)
  }
}
