import type { Observable } from 'rxjs'

/** An IP address and a UDP port. */
export interface Address {
  readonly host: string
  readonly port: number
}

/**
 * What arrived together, in order: row i of each column one buffer, which is one datagram or several
 * of the same sender, one behind the other (PROTOCOL R2).
 */
export interface Arrival {
  /** When the burst closed, on the clock of `performance.now()`. */
  readonly atMs: number
  /** Valid until the observer returns; copy what is kept longer. */
  readonly datagrams: readonly Buffer[]
  readonly from: readonly Address[]
}

/** One UDP socket, real or simulated: all the network that the rest of the program knows. */
export interface Endpoint {
  readonly address: Address
  /** What the kernel really gave for receiving. */
  readonly socketBufferBytes: number
  /** Nothing it sends is cut on the way, so that a datagram that arrives shows what fits. */
  readonly dontFragment: boolean
  /** One call to the kernel sends many datagrams; without, speed is bounded by calls. */
  readonly offload: boolean
  /** Hot; errors never come here. */
  readonly arrivals$: Observable<Arrival>
  /** ICMP said that nothing listens at the address this endpoint is connected to. */
  readonly unreachable$: Observable<{ readonly atMs: number }>
  /**
   * Sends `bytes` as datagrams of `segmentBytes` each, the last may be shorter. The buffer is
   * the caller's again on return. Never throws: what the kernel refuses is lost, as any datagram may be.
   */
  send(bytes: Buffer, segmentBytes: number, to: Address): void
  /** Runs `callback` once other work had its turn; for loops that would otherwise never yield. */
  defer(callback: () => void): void
  close(): Promise<void>
}

/** Opens endpoints: the real network and the simulated one are interchangeable. */
export interface Network {
  /** For a server; port 0 is a free one. Rejects with a Failure-carrying error. */
  listen(address: Address): Promise<Endpoint>
  /** For a client: an endpoint that hears only `peer`. */
  connect(peer: Address): Promise<Endpoint>
}
