import { expect } from 'chai'
import { DATA_HEADER_BYTES } from '../../../machines/limits.ts'
import { InFlight } from '../../../machines/recovery/in-flight.ts'
import { RttEstimator } from '../../../machines/recovery/rtt.ts'
import { SizeWatch } from '../../../machines/recovery/size-watch.ts'

const SLICE = 1_000
const DATAGRAM = SLICE + DATA_HEADER_BYTES
const RTT_MS = 40

class Bench {
  readonly inFlight = new InFlight(new RttEstimator(RTT_MS), new SizeWatch(DATAGRAM), 0)
  readonly lost: number[] = []

  /** Sends `count` slices, each named by its packet number as its record. */
  send(count: number, atMs: number): void {
    for (let i = 0; i < count; i += 1) {
      this.inFlight.onSent(this.inFlight.sentPackets, 0, SLICE, atMs)
    }
  }

  acknowledge(atMs: number, ...ranges: number[]) {
    return this.inFlight.acknowledge(ranges, 0, atMs, (record) => this.lost.push(record))
  }
}

describe('InFlight', () => {
  it('counts bytes with their headers, until they are acknowledged', () => {
    const { inFlight } = new Bench()
    expect(inFlight.onSent(0, 0, SLICE, 0)).to.equal(0)
    expect(inFlight.onSent(0, SLICE, 1, 0)).to.equal(1)
    expect(inFlight.bytes).to.equal(SLICE + 1 + 2 * DATA_HEADER_BYTES)
    expect(inFlight.sentBytes).to.equal(inFlight.bytes)
    expect(inFlight.acknowledge([0, 0], 0, RTT_MS, () => {}).deliveredBytes).to.equal(DATAGRAM)
    expect(inFlight.bytes).to.equal(1 + DATA_HEADER_BYTES)
    expect(inFlight.acknowledge([0, 1], 0, RTT_MS, () => {}).deliveredBytes).to.equal(
      1 + DATA_HEADER_BYTES,
    )
    expect(inFlight.bytes).to.equal(0)
    expect(inFlight.deliveredBytes).to.equal(inFlight.sentBytes)
  })

  it('takes the same acknowledgement any number of times, and counts it once', () => {
    const bench = new Bench()
    bench.send(10, 0)
    expect(bench.acknowledge(RTT_MS, 0, 6).deliveredBytes).to.equal(7 * DATAGRAM)
    expect(bench.acknowledge(RTT_MS, 0, 6)).to.deep.equal({
      deliveredBytes: 0,
      round: null,
      grownBytesPerS: null,
      filledBytesPerS: null,
    })
    expect(bench.acknowledge(RTT_MS, 3, 8).deliveredBytes).to.equal(2 * DATAGRAM)
    expect(bench.acknowledge(RTT_MS, 5, 9, 0, 9, 4, 4).deliveredBytes).to.equal(DATAGRAM)
    expect(bench.inFlight).to.include({ bytes: 0, lostPackets: 0, latePackets: 0 })
  })

  it('takes ranges that begin in the middle of what it knows', () => {
    const bench = new Bench()
    bench.send(20, 0)
    expect(bench.acknowledge(RTT_MS, 3, 6).deliveredBytes).to.equal(4 * DATAGRAM)
    expect(bench.acknowledge(RTT_MS, 5, 8).deliveredBytes).to.equal(2 * DATAGRAM)
    expect(bench.acknowledge(RTT_MS, 6, 6, 8, 10).deliveredBytes).to.equal(2 * DATAGRAM)
    expect(bench.acknowledge(RTT_MS, 4, 12).deliveredBytes).to.equal(2 * DATAGRAM)
    expect(bench.acknowledge(RTT_MS, 3, 19).deliveredBytes).to.equal(7 * DATAGRAM)
  })

  it('counts and ignores acknowledgements of what was never sent', () => {
    const bench = new Bench()
    bench.send(3, 0)
    expect(bench.acknowledge(RTT_MS, 3, 3).deliveredBytes).to.equal(0)
    expect(bench.acknowledge(RTT_MS, 0, 2 ** 48 - 1).deliveredBytes).to.equal(0)
    expect(bench.inFlight).to.include({ unsentAcknowledged: 2, bytes: 3 * DATAGRAM })
    expect(bench.inFlight.rtt.smoothedMs).to.equal(RTT_MS)
    expect(bench.acknowledge(RTT_MS, 0, 0, 2, 2, 4, 4).deliveredBytes).to.equal(2 * DATAGRAM)
    expect(bench.inFlight.unsentAcknowledged).to.equal(3)
  })

  it('takes ranges that descend or run backwards for what they are', () => {
    const bench = new Bench()
    bench.send(10, 0)
    expect(bench.acknowledge(RTT_MS, 8, 9, 5, 4, 0, 1).deliveredBytes).to.equal(4 * DATAGRAM)
  })

  it('takes the round trip from the newest packet alone', () => {
    const bench = new Bench()
    bench.send(1, 0)
    bench.send(1, 30)
    bench.acknowledge(80, 1, 1)
    expect(bench.inFlight.rtt.latestMs).to.equal(50)
    bench.acknowledge(500, 0, 0)
    expect(bench.inFlight.rtt.latestMs).to.equal(50)
  })

  it('takes lost bytes out of flight, tells of their slices and names the time of the next', () => {
    const bench = new Bench()
    bench.send(6, 0)
    bench.acknowledge(RTT_MS, 5, 5)
    expect(bench.lost).to.deep.equal([0, 1, 2])
    expect(bench.inFlight).to.include({ bytes: 2 * DATAGRAM, lostPackets: 3 })
    expect(bench.inFlight.lossAtMs).to.equal(45)
    bench.inFlight.detectLost(45, (record) => bench.lost.push(record))
    expect(bench.lost).to.deep.equal([0, 1, 2, 3, 4])
    expect(bench.inFlight).to.include({ bytes: 0, lossAtMs: null })
  })

  it('notices that a lost packet was only late, for a while', () => {
    const bench = new Bench()
    bench.send(4, 0)
    bench.acknowledge(RTT_MS, 3, 3)
    bench.send(1, 50)
    expect(bench.acknowledge(60, 0, 0).deliveredBytes).to.equal(DATAGRAM)
    expect(bench.inFlight).to.include({ lostPackets: 3, latePackets: 1, bytes: DATAGRAM })
    bench.inFlight.detectLost(10_000, () => {})
    expect(bench.acknowledge(10_000, 0, 4).deliveredBytes).to.equal(DATAGRAM)
    expect(bench.inFlight).to.include({ latePackets: 1, bytes: 0 })
  })

  it('offers the oldest packets under way, and no others, until enough are taken', () => {
    const bench = new Bench()
    bench.send(6, 0)
    bench.acknowledge(1, 0, 1, 3, 3)
    const taken = (count: number, isWanted: (record: number) => boolean) => {
      const found: number[] = []
      bench.inFlight.offerOldest(count, (record) => isWanted(record) && found.push(record) > 0)
      return found
    }
    expect(taken(2, () => true)).to.deep.equal([2, 4])
    expect(taken(9, () => true)).to.deep.equal([2, 4, 5])
    expect(taken(1, (record) => record > 2)).to.deep.equal([4])
  })

  it('ends a round once a packet sent after the last one ended is acknowledged', () => {
    const bench = new Bench()
    bench.send(4, 0)
    expect(bench.acknowledge(RTT_MS, 0, 0).round).to.include({ deliveredBytes: DATAGRAM })
    expect(bench.acknowledge(RTT_MS + 6, 0, 3).round).to.equal(null)
    bench.send(4, RTT_MS + 10)
    const { round } = bench.acknowledge(2 * RTT_MS + 10, 0, 7)
    expect(round).to.include({
      atMs: 2 * RTT_MS + 10,
      deliveredBytes: 7 * DATAGRAM,
      lostBytes: 0,
      inFlightBytes: 0,
      rttMinMs: RTT_MS,
      appLimited: false,
    })
    expect(round?.rateBytesPerS).to.equal((4 * DATAGRAM * 1_000) / (RTT_MS + 1))
  })

  it('lets no round but the first be shorter than 5 ms', () => {
    const bench = new Bench()
    const rounds: number[] = []
    for (let atMs = 1; atMs <= 21; atMs += 1) {
      bench.send(1, atMs - 0.5)
      if (bench.acknowledge(atMs, 0, atMs - 1).round !== null) rounds.push(atMs)
    }
    expect(rounds).to.deep.equal([1, 6, 11, 16, 21])
  })

  it('counts loss in the round that found it, and takes back what was only late', () => {
    const bench = new Bench()
    bench.send(1, 0)
    bench.acknowledge(RTT_MS, 0, 0)
    bench.send(5, RTT_MS)
    bench.acknowledge(RTT_MS + 1, 5, 5)
    bench.acknowledge(RTT_MS + 2, 1, 1)
    bench.send(1, RTT_MS + 3)
    const { round } = bench.acknowledge(2 * RTT_MS + 3, 6, 6)
    // 1, 2 and 3 were lost by their number, and 1 came late.
    expect(round).to.include({ lostBytes: 2 * DATAGRAM, deliveredBytes: 3 * DATAGRAM })
    bench.send(1, 2 * RTT_MS + 4)
    const next = bench.acknowledge(3 * RTT_MS, 7, 7).round
    expect(next).to.include({ lostBytes: DATAGRAM, deliveredBytes: DATAGRAM })
  })

  it('tells of a path that a train filled, but where there was too little to send', () => {
    const filled = (tooLittle: boolean) => {
      const bench = new Bench()
      bench.send(1, 0)
      bench.acknowledge(RTT_MS, 0, 0)
      for (let i = 0; i < 10; i += 1) {
        if (tooLittle) bench.inFlight.markAppLimited()
        bench.send(1, RTT_MS + i)
      }
      bench.acknowledge(2 * RTT_MS, 1, 1)
      return bench.acknowledge(2 * RTT_MS + 20, 1, 10).filledBytesPerS
    }
    expect(filled(false)).to.equal((9 * DATAGRAM * 1_000) / 20)
    expect(filled(true)).to.equal(null)
  })

  it('gives up what is under way of one record, and of no other', () => {
    const bench = new Bench()
    bench.send(3, 0)
    bench.inFlight.abandonRecord(1)
    expect(bench.inFlight.bytes).to.equal(2 * DATAGRAM)
    const offered: number[] = []
    bench.inFlight.offerOldest(3, (record) => offered.push(record) > 0)
    expect(offered).to.deep.equal([0, 2])
    bench.acknowledge(RTT_MS, 0, 2)
    expect(bench.inFlight).to.include({ bytes: 0, lostPackets: 0 })
  })

  it('takes what a status repeats in one step, however much it is', () => {
    const bench = new Bench()
    const packets = 300_000
    bench.send(packets, 0)
    // Packet 0 is not there, so that none of those behind it can be forgotten yet.
    bench.inFlight.detectLost(0, () => {})
    const startMs = performance.now()
    for (let last = 100; last < packets; last += 100) bench.acknowledge(1, 1, last)
    expect(bench.inFlight.deliveredBytes).to.equal((packets - 100) * DATAGRAM)
    // A loop over all of them each time would be 450 million steps.
    expect(performance.now() - startMs).to.be.below(1_000)
  })
})
