import { expect } from 'chai'
import { isWorthRepeating, LossDetector } from '../../../machines/recovery/loss.ts'
import { PacketState, SentPackets } from '../../../machines/recovery/sent-packets.ts'

const DELAY_MS = 90

/** Packets sent 10 ms apart, of which some were acknowledged. */
class Bench {
  readonly packets = new SentPackets()
  readonly detector = new LossDetector()
  largest = -1

  constructor(count: number) {
    for (let n = 0; n < count; n += 1) {
      const row = this.packets.append()
      this.packets.state[row] = PacketState.inFlight
      this.packets.record[row] = n
      this.packets.sentAtMs[row] = 10 * n
    }
  }

  acknowledge(...numbers: number[]): void {
    for (const n of numbers) {
      this.packets.state[this.packets.row(n)] = PacketState.acknowledged
      this.largest = Math.max(this.largest, n)
    }
  }

  lostAt(atMs: number): number[] {
    const lost: number[] = []
    this.detector.detect(this.packets, this.largest, DELAY_MS, atMs, (row) => {
      this.packets.state[row] = PacketState.lost
      lost.push(this.packets.record[row]!)
    })
    return lost
  }
}

describe('LossDetector', () => {
  it('finds nothing before anything was acknowledged', () => {
    const bench = new Bench(10)
    expect(bench.lostAt(10_000)).to.deep.equal([])
    expect(bench.detector.lossAtMs).to.equal(null)
  })

  it('calls lost what is three behind, not what is two behind (RFC 9002 §6.1.1)', () => {
    const bench = new Bench(10)
    bench.acknowledge(5)
    expect(bench.lostAt(51)).to.deep.equal([0, 1, 2])
    expect(bench.detector.lossAtMs).to.equal(30 + DELAY_MS)
  })

  it('calls lost what is old by the loss delay, and no sooner (RFC 9002 §6.1.2)', () => {
    const bench = new Bench(3)
    bench.acknowledge(2)
    expect(bench.lostAt(DELAY_MS - 0.001)).to.deep.equal([])
    expect(bench.detector.lossAtMs).to.equal(DELAY_MS)
    expect(bench.lostAt(DELAY_MS)).to.deep.equal([0])
    expect(bench.detector.lossAtMs).to.equal(10 + DELAY_MS)
    expect(bench.lostAt(10 + DELAY_MS)).to.deep.equal([1])
    expect(bench.detector.lossAtMs).to.equal(null)
  })

  it('finds each packet lost at the very moment it named, whatever the rounding', () => {
    for (let i = 0; i < 1_000; i += 1) {
      const bench = new Bench(2)
      bench.packets.sentAtMs[0] = 1_000 + i / 7
      bench.packets.sentAtMs[1] = 1_000 + i / 7
      bench.acknowledge(1)
      bench.lostAt(1_000 + i / 7)
      expect(bench.lostAt(bench.detector.lossAtMs!)).to.deep.equal([0])
    }
  })

  it('never calls lost what was sent after the newest acknowledged', () => {
    const bench = new Bench(10)
    bench.acknowledge(4)
    bench.lostAt(10_000)
    for (let n = 5; n < 10; n += 1) expect(bench.packets.state[n]).to.equal(PacketState.inFlight)
  })

  it('finds packets in the order they were sent, each once', () => {
    const bench = new Bench(12)
    bench.acknowledge(1, 5, 6)
    expect(bench.lostAt(60)).to.deep.equal([0, 2, 3])
    bench.acknowledge(11)
    expect(bench.lostAt(110)).to.deep.equal([4, 7, 8])
    expect(bench.lostAt(10_000)).to.deep.equal([9, 10])
    expect(bench.lostAt(20_000)).to.deep.equal([])
  })

  it('takes up behind what the ring has forgotten', () => {
    const bench = new Bench(20)
    bench.acknowledge(0, 1, 2, 3)
    bench.packets.forget(0)
    bench.acknowledge(9)
    expect(bench.lostAt(91)).to.deep.equal([4, 5, 6])
  })
})

describe('what is lost of a tail', () => {
  const sent = { bytes: 150_000, sentBytes: 10_000_000, lostPackets: 1_000, sentPackets: 10_000 }

  it('leaves twice once 0.15 % of all that was sent is yet to be lost', () => {
    expect(isWorthRepeating(sent)).to.equal(true)
    expect(isWorthRepeating({ ...sent, bytes: 150_001 })).to.equal(false)
    expect(isWorthRepeating({ ...sent, lostPackets: 1_001 })).to.equal(false)
  })

  it('leaves once where no more than 3 % is lost, or too little was sent to tell', () => {
    expect(isWorthRepeating({ ...sent, lostPackets: 301 })).to.equal(true)
    expect(isWorthRepeating({ ...sent, lostPackets: 300 })).to.equal(false)
    expect(isWorthRepeating({ ...sent, lostPackets: 50, sentPackets: 500 })).to.equal(true)
    expect(isWorthRepeating({ ...sent, lostPackets: 49, sentPackets: 499 })).to.equal(false)
  })
})
