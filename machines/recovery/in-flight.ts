import { DATA_HEADER_BYTES } from '../limits.ts'
import type { FlatRanges } from '../messages.ts'
import { DeliveryRate } from './delivery-rate.ts'
import { LossDetector } from './loss.ts'
import { RttEstimator } from './rtt.ts'
import { PacketState, SentPackets } from './sent-packets.ts'
import type { SizeWatch } from './size-watch.ts'

/** Rounds are no shorter, so that a loopback's thousands of round trips a second stay cheap. */
const ROUND_MS_MIN = 5
/** How many round trips a lost packet is remembered, to notice that it was only late. */
const LATE_ROUNDS = 3
/** A delivery rate this much above the last one told is told at once. */
const GROWTH = 1.25

/** What one round trip of sending showed; all the congestion statechart ever sees of the path. */
export interface RoundSample {
  readonly atMs: number
  /** The highest delivery rate seen, or 0 when nothing told. */
  readonly rateBytesPerS: number
  /** Whether that rate was held down by a lack of things to send. */
  readonly appLimited: boolean
  readonly rttMinMs: number
  readonly rttMs: number
  readonly deliveredBytes: number
  readonly lostBytes: number
  readonly inFlightBytes: number
}

/** Told of each slice that is to be sent again. */
export type OnLost = (record: number, offset: number, length: number) => void

/** The packets under way: what left, what arrived, what was lost, and how fast it all goes. */
export class InFlight {
  rtt: RttEstimator
  readonly #sizes: SizeWatch
  bytes = 0
  sentPackets = 0
  sentBytes = 0
  lostPackets = 0
  /** Called lost, yet acknowledged later. */
  latePackets = 0
  /** Acknowledgements of numbers that were never sent. */
  unsentAcknowledged = 0
  readonly #packets = new SentPackets()
  readonly #loss = new LossDetector()
  readonly #rate: DeliveryRate
  #largestAcknowledged = -1
  #roundEndsAtBytes = 0
  #roundStartedAtMs: number
  #roundRate = 0
  #roundRateAppLimited = false
  #roundRttMinMs = Number.POSITIVE_INFINITY
  #roundDeliveredFrom = 0
  #roundLostBytes = 0
  #toldRate = 0

  constructor(rtt: RttEstimator, sizes: SizeWatch, atMs: number) {
    this.rtt = rtt
    this.#sizes = sizes
    this.#rate = new DeliveryRate(atMs)
    this.#roundStartedAtMs = atMs
  }

  get deliveredBytes(): number {
    return this.#rate.deliveredBytes
  }

  /** When the next packet becomes lost by age, or null. */
  get lossAtMs(): number | null {
    return this.#loss.lossAtMs
  }

  /** Notes a data datagram that leaves now and returns its packet number. */
  onSent(record: number, offset: number, length: number, atMs: number): number {
    const packets = this.#packets
    const packetNumber = packets.next
    const row = packets.append()
    packets.state[row] = PacketState.inFlight
    packets.record[row] = record
    packets.offset[row] = offset
    packets.length[row] = length
    packets.sentAtMs[row] = atMs
    this.#rate.onSent(packets, row, atMs, this.bytes === 0)
    this.bytes += length + DATA_HEADER_BYTES
    this.sentPackets += 1
    this.sentBytes += length + DATA_HEADER_BYTES
    return packetNumber
  }

  markAppLimited(): void {
    this.#rate.markAppLimited(this.bytes)
  }

  /**
   * Takes the packet numbers a status reports. Returns the bytes newly delivered, what the round
   * trip showed when one is complete, and the delivery rate when it grew meanwhile.
   */
  acknowledge(
    ranges: FlatRanges,
    delayMs: number,
    atMs: number,
    onLost: OnLost,
  ): { deliveredBytes: number; round: RoundSample | null; grownBytesPerS: number | null } {
    const before = this.#rate.deliveredBytes
    let newest = -1
    for (let i = 0; i < ranges.length; i += 2) {
      newest = Math.max(newest, this.#acknowledgeRange(ranges[i]!, ranges[i + 1]!, atMs))
    }
    if (newest < 0) return { deliveredBytes: 0, round: null, grownBytesPerS: null }
    const row = this.#packets.row(newest)
    if (newest > this.#largestAcknowledged) {
      this.#largestAcknowledged = newest
      this.rtt.sample(atMs - this.#packets.sentAtMs[row]!, delayMs)
    }
    this.#roundRttMinMs = Math.min(this.#roundRttMinMs, this.rtt.latestMs)
    const rate = this.#rate.sample(this.#packets, row, this.rtt.minMs)
    if (rate !== null && rate > this.#roundRate) {
      this.#roundRate = rate
      this.#roundRateAppLimited = this.#packets.appLimited[row] === 1
    }
    const roundOver = this.#packets.deliveredBytes[row]! >= this.#roundEndsAtBytes
    this.detectLost(atMs, onLost)
    const round = roundOver ? this.#endRound(atMs) : null
    return {
      deliveredBytes: this.#rate.deliveredBytes - before,
      round,
      grownBytesPerS: round === null ? this.#grownRate() : null,
    }
  }

  /** Finds the packets that are lost as of now. */
  detectLost(atMs: number, onLost: OnLost): void {
    const packets = this.#packets
    this.#loss.detect(
      packets,
      this.#largestAcknowledged,
      this.rtt.lossDelayMs,
      atMs,
      (row, packetNumber) => {
        packets.state[row] = PacketState.lost
        const bytes = packets.length[row]! + DATA_HEADER_BYTES
        this.bytes -= bytes
        if (this.#sizes.onLost(packetNumber, bytes)) {
          this.#roundLostBytes += bytes
          this.lostPackets += 1
        }
        onLost(packets.record[row]!, packets.offset[row]!, packets.length[row]!)
      },
    )
    packets.forget(atMs - LATE_ROUNDS * this.rtt.smoothedMs)
  }

  /** The path is another one: rounds and round-trip times begin anew. */
  restart(rttMs: number, atMs: number): void {
    this.rtt = new RttEstimator(rttMs)
    this.#sizes.restart()
    this.#beginRound(atMs)
    this.#toldRate = 0
  }

  /** Gives up what is under way, without that telling of any load. */
  abandon(onLost: OnLost): void {
    const packets = this.#packets
    for (let n = packets.oldest; n < packets.next; n += 1) {
      const row = packets.row(n)
      if (packets.state[row] !== PacketState.inFlight) continue
      packets.state[row] = PacketState.lost
      onLost(packets.record[row]!, packets.offset[row]!, packets.length[row]!)
    }
    this.bytes = 0
    this.#largestAcknowledged = packets.next - 1
    this.#loss.lossAtMs = null
  }

  /**
   * Offers the slices of packets under way, oldest first, until `count` were taken: `take` says
   * whether it takes one.
   */
  offerOldest(
    count: number,
    take: (record: number, offset: number, length: number) => boolean,
  ): void {
    const packets = this.#packets
    let taken = 0
    for (let n = packets.oldest; n < packets.next && taken < count; n += 1) {
      const row = packets.row(n)
      if (packets.state[row] !== PacketState.inFlight) continue
      if (take(packets.record[row]!, packets.offset[row]!, packets.length[row]!)) taken += 1
    }
  }

  /**
   * Returns the largest number that was newly acknowledged, or -1. Statuses repeat what they said
   * before, so runs that are acknowledged already are passed over in one step.
   */
  #acknowledgeRange(first: number, last: number, atMs: number): number {
    const packets = this.#packets
    if (last >= packets.next) {
      this.unsentAcknowledged += 1
      return -1
    }
    let newest = -1
    const from = Math.max(first, packets.oldest)
    for (let n = from; n <= last; n += 1) {
      const row = packets.row(n)
      const state = packets.state[row]
      if (state === PacketState.acknowledged) {
        n = packets.acknowledgedThrough[row]!
        continue
      }
      const bytes = packets.length[row]! + DATA_HEADER_BYTES
      if (state === PacketState.lost) {
        this.latePackets += 1
        this.#roundLostBytes = Math.max(0, this.#roundLostBytes - bytes)
      } else {
        this.bytes -= bytes
      }
      packets.state[row] = PacketState.acknowledged
      this.#sizes.onAcknowledged(n, bytes)
      packets.acknowledgedThrough[row] = n
      this.#rate.onDelivered(bytes, atMs)
      newest = n
    }
    if (from <= last) packets.acknowledgedThrough[packets.row(from)] = last
    return newest
  }

  #grownRate(): number | null {
    if (this.#roundRate <= GROWTH * this.#toldRate) return null
    this.#toldRate = this.#roundRate
    return this.#roundRate
  }

  #endRound(atMs: number): RoundSample | null {
    if (this.#roundEndsAtBytes > 0 && atMs - this.#roundStartedAtMs < ROUND_MS_MIN) return null
    const sample: RoundSample = {
      atMs,
      rateBytesPerS: this.#roundRate,
      appLimited: this.#roundRateAppLimited,
      rttMinMs: this.#roundRttMinMs,
      rttMs: this.rtt.smoothedMs,
      deliveredBytes: this.#rate.deliveredBytes - this.#roundDeliveredFrom,
      lostBytes: this.#roundLostBytes,
      inFlightBytes: this.bytes,
    }
    this.#beginRound(atMs)
    return sample
  }

  #beginRound(atMs: number): void {
    this.#roundStartedAtMs = atMs
    this.#roundEndsAtBytes = this.#rate.deliveredBytes
    this.#roundDeliveredFrom = this.#rate.deliveredBytes
    this.#toldRate = this.#roundRate
    this.#roundRate = 0
    this.#roundRateAppLimited = false
    this.#roundRttMinMs = Number.POSITIVE_INFINITY
    this.#roundLostBytes = 0
  }
}
