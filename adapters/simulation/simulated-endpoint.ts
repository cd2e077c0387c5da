import { type Observable, Subject } from 'rxjs'
import type { Address, Arrival, Endpoint } from '../udp/endpoint.ts'
import { type Delivery, Inbox } from './inbox.ts'
import type { Packet } from './packet.ts'

/** What the user is told of the socket buffer; a simulated one does not overflow. */
const SOCKET_BUFFER_BYTES = 8 * 1024 * 1024

/** How an endpoint reaches the network it belongs to. */
export interface Attachment {
  /** When the network was made, on the clock of `performance.now()`. */
  readonly originMs: number
  /** Takes over `bytes`, to be sent as datagrams of `segmentBytes`. */
  transmit(bytes: Buffer, segmentBytes: number, to: Address): void
  heard(packet: Packet): void
  detach(): void
}

/** A simulated socket. What it hears, and whom a connected one sends to, is up to its network. */
export class SimulatedEndpoint implements Endpoint {
  readonly address: Address
  readonly socketBufferBytes = SOCKET_BUFFER_BYTES
  readonly dontFragment = true
  readonly offload = true
  readonly arrivals$: Observable<Arrival>
  readonly unreachable$: Observable<{ readonly atMs: number }>
  readonly #arrivals = new Subject<Arrival>()
  readonly #unreachable = new Subject<{ readonly atMs: number }>()
  readonly #attachment: Attachment
  readonly #inbox: Inbox<Address | null>
  #isClosed = false

  constructor(address: Address, attachment: Attachment) {
    this.address = address
    this.arrivals$ = this.#arrivals.asObservable()
    this.unreachable$ = this.#unreachable.asObservable()
    this.#attachment = attachment
    this.#inbox = new Inbox(attachment.originMs, (due) => this.#onDue(due))
  }

  /**
   * Has this packet arrive at its time, unless the endpoint is closed by then.
   * @param from null for ICMP port unreachable (RFC 792), which is from the network
   */
  expect(packet: Packet, from: Address | null): void {
    if (!this.#isClosed) this.#inbox.add(packet, from)
  }

  /** What is under way to it never arrives. */
  forget(): void {
    this.#inbox.clear()
  }

  send(bytes: Buffer, segmentBytes: number, to: Address): void {
    if (!this.#isClosed) this.#attachment.transmit(Buffer.from(bytes), segmentBytes, to)
  }

  defer(callback: () => void): void {
    setTimeout(callback, 1)
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#inbox.clear()
    this.#attachment.detach()
    this.#arrivals.complete()
    this.#unreachable.complete()
  }

  #onDue(due: readonly Delivery<Address | null>[]): void {
    const { originMs } = this.#attachment
    const datagrams: Buffer[] = []
    const senders: Address[] = []
    let newestMs = 0
    for (const { packet, from } of due) {
      this.#attachment.heard(packet)
      if (from === null) {
        this.#unreachable.next({ atMs: originMs + packet.atMs })
      } else {
        datagrams.push(packet.bytes)
        senders.push(from)
        newestMs = packet.atMs
      }
    }
    if (datagrams.length === 0) return
    this.#arrivals.next({ atMs: originMs + newestMs, datagrams, from: senders })
  }
}
