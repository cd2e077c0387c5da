const CAPACITY_MIN = 1_024

/** What became of a packet. Acknowledged and lost ones stay on record for a while. */
export const PacketState = { inFlight: 1, acknowledged: 2, lost: 3 } as const

/**
 * Every data datagram that may still matter, by packet number, in columns that are used as a ring.
 * Packet numbers count up from 0 and each is used once.
 */
export class SentPackets {
  #capacity = CAPACITY_MIN
  state = new Uint8Array(CAPACITY_MIN)
  record = new Float64Array(CAPACITY_MIN)
  offset = new Uint32Array(CAPACITY_MIN)
  /** Bytes of the slice. */
  length = new Uint32Array(CAPACITY_MIN)
  sentAtMs = new Float64Array(CAPACITY_MIN)
  /** For delivery-rate samples: as they stood when this packet left. */
  deliveredBytes = new Float64Array(CAPACITY_MIN)
  deliveredAtMs = new Float64Array(CAPACITY_MIN)
  lostBytes = new Float64Array(CAPACITY_MIN)
  firstSentAtMs = new Float64Array(CAPACITY_MIN)
  appLimited = new Uint8Array(CAPACITY_MIN)
  /** Of an acknowledged packet: it and all up to this number are, as far as was noted. */
  acknowledgedThrough = new Float64Array(CAPACITY_MIN)

  /** The lowest number on record. */
  oldest = 0
  /** The number the next packet gets. */
  next = 0

  /** The row of a packet number that is on record. */
  row(packetNumber: number): number {
    // Right past 2³² too: both the mask and the cut to 32 bits are remainders by powers of two.
    return packetNumber & (this.#capacity - 1)
  }

  /** Opens the next number's row and returns it. */
  append(): number {
    if (this.next - this.oldest === this.#capacity) this.#grow()
    const row = this.row(this.next)
    this.next += 1
    return row
  }

  /** Forgets resolved packets from the oldest on; lost ones only when sent before `lostBeforeMs`. */
  forget(lostBeforeMs: number): void {
    while (this.oldest < this.next) {
      const row = this.row(this.oldest)
      const state = this.state[row]
      if (state === PacketState.inFlight) return
      if (state === PacketState.lost && this.sentAtMs[row]! >= lostBeforeMs) return
      this.oldest += 1
    }
  }

  #grow(): void {
    const to = this.#capacity * 2
    const moved = <Column extends Float64Array | Uint32Array | Uint8Array>(
      column: Column,
      wider: Column,
    ): Column => {
      for (let n = this.oldest; n < this.next; n += 1) wider[n & (to - 1)] = column[this.row(n)]!
      return wider
    }
    this.state = moved(this.state, new Uint8Array(to))
    this.record = moved(this.record, new Float64Array(to))
    this.offset = moved(this.offset, new Uint32Array(to))
    this.length = moved(this.length, new Uint32Array(to))
    this.sentAtMs = moved(this.sentAtMs, new Float64Array(to))
    this.deliveredBytes = moved(this.deliveredBytes, new Float64Array(to))
    this.deliveredAtMs = moved(this.deliveredAtMs, new Float64Array(to))
    this.lostBytes = moved(this.lostBytes, new Float64Array(to))
    this.firstSentAtMs = moved(this.firstSentAtMs, new Float64Array(to))
    this.appLimited = moved(this.appLimited, new Uint8Array(to))
    this.acknowledgedThrough = moved(this.acknowledgedThrough, new Float64Array(to))
    this.#capacity = to
  }
}
