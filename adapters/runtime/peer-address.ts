import type { NumberedControl } from '../../machines/events.ts'
import { AMPLIFICATION_MAX } from '../../machines/limits.ts'
import type { Address } from '../udp/endpoint.ts'

/** One address of the peer, and what may be sent there until it is proved. PROTOCOL R16, R66. */
class Place {
  readonly address: Address
  trusted = false
  receivedBytes: number
  sentBytes = 0

  constructor(address: Address, receivedBytes: number) {
    this.address = address
    this.receivedBytes = receivedBytes
  }

  get allowanceBytes(): number {
    if (this.trusted) return Number.POSITIVE_INFINITY
    return AMPLIFICATION_MAX * this.receivedBytes - this.sentBytes
  }
}

/** What an address that is not proved yet has to echo. */
interface Challenge {
  readonly place: Place
  readonly token: Uint8Array
  askedAtMs: number | null
}

type Send = (datagram: Buffer, to: Address) => void

/** What a control told by where it came from; null when that is nothing new. */
export type Whereabouts = 'changed' | 'proved' | null

/** Where the peer is, and where else it may be by now. PROTOCOL "Moving". */
export class PeerAddress {
  readonly #newToken: () => Uint8Array
  #place: Place
  #challenge: Challenge | null = null
  #newestControl = -1

  /** @param newToken makes 8 random bytes */
  constructor(address: Address, receivedBytes: number, newToken: () => Uint8Array) {
    this.#place = new Place(address, receivedBytes)
    this.#newToken = newToken
  }

  get address(): Address {
    return this.#place.address
  }

  /** Bytes that may be sent to the address now. */
  get allowanceBytes(): number {
    return this.#place.allowanceBytes
  }

  trust(): void {
    this.#place.trusted = true
  }

  onReceived(bytes: number, from: Address): void {
    if (isSame(from, this.#place.address)) this.#place.receivedBytes += bytes
    else if (this.#challenge !== null && isSame(from, this.#challenge.place.address)) {
      this.#challenge.place.receivedBytes += bytes
    }
  }

  onSent(bytes: number): void {
    this.#place.sentBytes += bytes
  }

  /** Takes a control that opened: the newest one shows where the peer is (PROTOCOL R64). */
  hear(control: NumberedControl, bytes: number, from: Address): Whereabouts {
    const challenge = this.#challenge
    const isNewest = control.number > this.#newestControl
    if (isNewest) this.#newestControl = control.number
    const isFromThere = challenge !== null && isSame(from, challenge.place.address)
    if (isFromThere && control.kind === 'response') {
      if (Buffer.compare(control.token, challenge.token) === 0) return 'proved'
    }
    if (!isNewest) return null
    if (isSame(from, this.#place.address)) {
      this.#challenge = null
      return null
    }
    if (!isFromThere) {
      this.#challenge = { place: new Place(from, bytes), token: this.#newToken(), askedAtMs: null }
    }
    return 'changed'
  }

  /** Has `send` send the token to the address that is to echo it, unless it has had its share. */
  ask(atMs: number, seal: (token: Uint8Array) => Buffer, send: Send): void {
    const challenge = this.#challenge
    if (challenge === null) return
    const datagram = seal(challenge.token)
    if (datagram.length > challenge.place.allowanceBytes) return
    challenge.place.sentBytes += datagram.length
    challenge.askedAtMs ??= atMs
    send(datagram, challenge.place.address)
  }

  /** Milliseconds since the token was asked for first. */
  askedForMs(atMs: number): number {
    return atMs - (this.#challenge?.askedAtMs ?? atMs)
  }

  /** The address that echoed the token is the peer's from now on. */
  take(): void {
    if (this.#challenge === null) return
    this.#place = this.#challenge.place
    this.#place.trusted = true
    this.#challenge = null
  }
}

function isSame(a: Address, b: Address): boolean {
  return a === b || (a.port === b.port && a.host === b.host)
}
