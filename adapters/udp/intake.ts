import type { Descriptor } from './descriptor.ts'
import type { Address, Arrival } from './endpoint.ts'
import { giveBack } from './give-back.ts'

/** The longest that one receive can bring: a datagram, or several as one buffer. */
const RECEIVE_BYTES_MAX = 65_536
/** Taken in before any of it is looked at: little enough to be in the processor's cache still. */
const ROOM_BYTES = 512 * 1024
/** Of dgram's own buffers: worth giving back, rather than left to the garbage collector. */
const GIVEN_BACK_BYTES_MIN = 16 * 1024
/** How long one turn of the event loop may go on; timers and files wait meanwhile. */
const TURN_MS_MAX = 4

/**
 * Takes in all that waits at a descriptor as soon as node:dgram, which waits for it, has taken the
 * first: dgram makes new room for each, and the garbage collector would be the slowest part. What
 * was taken in is one arrival a turn, valid until its observer returns.
 */
export class Intake {
  readonly #descriptor: Descriptor
  readonly #senderOf: (address: Address) => Address | null
  readonly #onRefused: (code: string) => void
  readonly #onArrival: (arrival: Arrival) => void
  /** Made at the first datagram, filled up to #end. */
  #room: Buffer | null = null
  #end = 0
  #datagrams: Buffer[] = []
  #from: Address[] = []
  /** Those among them that dgram made room for. */
  #ofDgram: Buffer[] = []
  #isScheduled = false
  #isStopped = false

  /** `senderOf` names whom the kernel names; what comes from one that is null to it is dropped. */
  constructor(
    descriptor: Descriptor,
    senderOf: (address: Address) => Address | null,
    onRefused: (code: string) => void,
    onArrival: (arrival: Arrival) => void,
  ) {
    this.#descriptor = descriptor
    this.#senderOf = senderOf
    this.#onRefused = onRefused
    this.#onArrival = onArrival
  }

  /** What dgram took; it would take what waits behind it next. */
  add(datagram: Buffer, from: Address): void {
    this.#datagrams.push(datagram)
    this.#from.push(from)
    if (datagram.length >= GIVEN_BACK_BYTES_MIN) this.#ofDgram.push(datagram)
    this.#takeIn()
    this.#schedule()
  }

  /** The descriptor is no longer ours to read from. */
  stop(): void {
    this.#isStopped = true
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(this.#onTurn)
  }

  readonly #onTurn = (): void => {
    this.#isScheduled = false
    const untilMs = performance.now() + TURN_MS_MAX
    while (!this.#isStopped && this.#datagrams.length > 0) {
      this.#handOver()
      this.#takeIn()
      if (this.#datagrams.length > 0 && performance.now() >= untilMs) {
        this.#schedule()
        return
      }
    }
  }

  #handOver(): void {
    const datagrams = this.#datagrams
    const from = this.#from
    const ofDgram = this.#ofDgram
    this.#datagrams = []
    this.#from = []
    this.#ofDgram = []
    this.#onArrival({ atMs: performance.now(), datagrams, from })
    for (const datagram of ofDgram) giveBack(datagram)
    this.#end = 0
  }

  #takeIn(): void {
    if (this.#isStopped) return
    this.#room ??= Buffer.allocUnsafeSlow(ROOM_BYTES)
    const room = this.#room
    while (this.#end + RECEIVE_BYTES_MAX <= ROOM_BYTES) {
      const bytes = this.#descriptor.receive(room.subarray(this.#end), this.#onRefused)
      if (bytes === null) return
      const sender = this.#descriptor.sender
      const from = sender === null ? null : this.#senderOf(sender)
      if (from === null) continue
      this.#datagrams.push(room.subarray(this.#end, this.#end + bytes))
      this.#from.push(from)
      this.#end += bytes
    }
  }
}
