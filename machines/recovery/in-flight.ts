import { DATA_HEADER_BYTES } from '../limits.ts'
import type { FlatRanges } from '../messages.ts'
import { DeliveryRate } from './delivery-rate.ts'
import { LossDetector } from './loss.ts'
import { Round, type RoundSample } from './round.ts'
import { RttEstimator } from './rtt.ts'
import { PacketState, SentPackets } from './sent-packets.ts'
import type { SizeWatch } from './size-watch.ts'
import { type Train, TrainRate } from './train-rate.ts'

/** How many round trips a lost packet is remembered, to notice that it was only late. */
const LATE_ROUNDS = 3
/** A train that was stretched filled the bottleneck if its round trip grew this much with it. */
const FILLED_RTT_FACTOR = 1.1
const FILLED_RTT_MS = 2

/** What a report of arrivals tells. */
export interface Acknowledged {
  /** Bytes newly delivered. */
  readonly deliveredBytes: number
  /** What the round trip showed, when one is complete. */
  readonly round: RoundSample | null
  /** The rate of a train, when it is above all that were told. */
  readonly grownBytesPerS: number | null
  /** The rate of a train that filled the bottleneck: it was stretched, and its round trip grew. */
  readonly filledBytesPerS: number | null
}

const NOTHING: Acknowledged = {
  deliveredBytes: 0,
  round: null,
  grownBytesPerS: null,
  filledBytesPerS: null,
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
  readonly #trains = new TrainRate()
  #largestAcknowledged = -1
  /** When the oldest packet left that the last report told of first. */
  #reportedFromMs = Number.POSITIVE_INFINITY
  readonly round: Round

  constructor(rtt: RttEstimator, sizes: SizeWatch, atMs: number) {
    this.rtt = rtt
    this.#sizes = sizes
    this.#rate = new DeliveryRate(atMs)
    this.round = new Round(this.#rate, atMs)
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

  set ownLossMax(share: number) {
    this.#rate.ownLossMax = share
  }

  markAppLimited(): void {
    this.#rate.markAppLimited(this.bytes)
  }

  /** Takes the packet numbers that a status reports. */
  acknowledge(ranges: FlatRanges, delayMs: number, atMs: number, onLost: OnLost): Acknowledged {
    const before = this.#rate.deliveredBytes
    let newest = -1
    this.#reportedFromMs = Number.POSITIVE_INFINITY
    for (let i = 0; i < ranges.length; i += 2) {
      newest = Math.max(newest, this.#acknowledgeRange(ranges[i]!, ranges[i + 1]!, atMs))
    }
    if (newest < 0) return NOTHING
    const row = this.#packets.row(newest)
    let train: Train | null = null
    if (newest > this.#largestAcknowledged) {
      const sentAtMs = this.#packets.sentAtMs[row]!
      this.#largestAcknowledged = newest
      this.rtt.sample(atMs - sentAtMs, delayMs)
      this.rtt.reported(delayMs + sentAtMs - this.#reportedFromMs)
      train = this.#trains.sample(this.#rate, sentAtMs, atMs - delayMs, this.rtt.minMs)
    }
    const rate = this.#rate.sample(this.#packets, row, this.rtt.minMs)
    const appLimited = this.#packets.appLimited[row] === 1
    this.round.take(this.rtt.latestMs, rate, appLimited)
    const roundOver = this.round.isOver(this.#packets.deliveredBytes[row]!, atMs)
    this.detectLost(atMs, onLost)
    const grownBytesPerS = train === null ? null : this.round.takeTrain(train)
    const round = roundOver ? this.round.end(this.rtt, this.bytes, atMs) : null
    return {
      deliveredBytes: this.#rate.deliveredBytes - before,
      round,
      grownBytesPerS,
      // Whoever had too little to send is told by gaps of the sender's or the receiver's own making.
      filledBytesPerS:
        train?.stretched && this.#hasGrownRtt && !appLimited ? train.rateBytesPerS : null,
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
          this.round.lostBytes += bytes
          this.#rate.lostBytes += bytes
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
    this.round.begin(atMs)
    this.round.forgetTrains()
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

  /** Gives up what is under way of a record, which will not be acknowledged. */
  abandonRecord(record: number): void {
    const packets = this.#packets
    for (let n = packets.oldest; n < packets.next; n += 1) {
      const row = packets.row(n)
      if (packets.state[row] !== PacketState.inFlight || packets.record[row] !== record) continue
      packets.state[row] = PacketState.lost
      this.bytes -= packets.length[row]! + DATA_HEADER_BYTES
    }
  }

  /**
   * Offers the slices of packets under way, oldest first, until `count` were taken: `take` says
   * whether it takes one. Returns how many it took.
   */
  offerOldest(
    count: number,
    take: (record: number, offset: number, length: number) => boolean,
  ): number {
    const packets = this.#packets
    let taken = 0
    for (let n = packets.oldest; n < packets.next && taken < count; n += 1) {
      const row = packets.row(n)
      if (packets.state[row] !== PacketState.inFlight) continue
      if (take(packets.record[row]!, packets.offset[row]!, packets.length[row]!)) taken += 1
    }
    return taken
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
        this.round.lostBytes = Math.max(0, this.round.lostBytes - bytes)
      } else {
        this.bytes -= bytes
      }
      packets.state[row] = PacketState.acknowledged
      this.#sizes.onAcknowledged(n, bytes)
      packets.acknowledgedThrough[row] = n
      this.#rate.onDelivered(bytes, atMs)
      if (newest < 0) {
        this.#reportedFromMs = Math.min(this.#reportedFromMs, packets.sentAtMs[row]!)
      }
      newest = n
    }
    if (from <= last) packets.acknowledgedThrough[packets.row(from)] = last
    return newest
  }

  get #hasGrownRtt(): boolean {
    return this.rtt.latestMs > FILLED_RTT_FACTOR * this.rtt.minMs + FILLED_RTT_MS
  }
}
