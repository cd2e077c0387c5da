import { expect } from 'chai'
import { DeliveryRate } from '../../../machines/recovery/delivery-rate.ts'
import { SentPackets } from '../../../machines/recovery/sent-packets.ts'

const BYTES = 1_000
const RTT_MS = 50
/** How much longer an interval counts on such a path. */
const LATE_MS = 1

class Bench {
  readonly packets = new SentPackets()
  readonly rate = new DeliveryRate(0)

  send(atMs: number, idle = false): number {
    const row = this.packets.append()
    this.packets.sentAtMs[row] = atMs
    this.rate.onSent(this.packets, row, atMs, idle)
    return row
  }

  deliver(row: number, atMs: number, rttMinMs = RTT_MS): number | null {
    this.rate.onDelivered(BYTES, atMs)
    return this.rate.sample(this.packets, row, rttMinMs)
  }
}

describe('DeliveryRate', () => {
  it('finds the rate of a path by what arrived since a packet left', () => {
    const bench = new Bench()
    const rows: number[] = []
    const rates: (number | null)[] = []
    // Sent every 10 ms; the path passes one each 20 ms, so 50 000 bytes in a second.
    for (let atMs = 0; atMs < 1_000; atMs += 10) {
      rows.push(bench.send(atMs, atMs === 0))
      const arrived = (atMs - RTT_MS) / 20
      if (Number.isInteger(arrived) && arrived >= 0) rates.push(bench.deliver(rows[arrived]!, atMs))
    }
    expect(rates.length).to.equal(48)
    expect(rates[0]).to.equal((BYTES * 1_000) / (RTT_MS + LATE_MS))
    for (const rate of rates.slice(6)) expect(rate).to.be.within(49_000, 50_000)
  })

  it('never finds more than was sent, though acknowledgements come all at once', () => {
    const bench = new Bench()
    const rows = [0, 25, 50, 75, 100].map((atMs) => bench.send(atMs, atMs === 0))
    let rate: number | null = null
    for (const row of rows) rate = bench.deliver(row, 150)
    expect(rate).to.equal((5 * BYTES * 1_000) / (150 + LATE_MS))
  })

  it('is not deceived by acknowledgements that were held up and then come close together', () => {
    const bench = new Bench()
    const rows: number[] = []
    for (let atMs = 0; atMs < 200; atMs += 10) {
      if (atMs === 190) for (const row of rows.slice(0, 10)) bench.deliver(row, 185)
      rows.push(bench.send(atMs, atMs === 0))
    }
    let rate: number | null = null
    for (const row of rows.slice(10)) rate = bench.deliver(row, 200, 0)
    // Ten packets, which took 100 ms to leave, in the 15 ms since the last acknowledgement.
    expect(rate).to.equal((10 * BYTES * 1_000) / 100)
  })

  it('says nothing when the interval is shorter than half a round trip', () => {
    const short = new Bench()
    const early = short.send(0, true)
    expect(short.deliver(early, RTT_MS / 2 - 0.01)).to.equal(null)
    const enough = new Bench()
    const later = enough.send(0, true)
    expect(enough.deliver(later, RTT_MS / 2)).to.equal((BYTES * 1_000) / (RTT_MS / 2 + LATE_MS))
  })

  it('says nothing of no time at all', () => {
    const bench = new Bench()
    expect(bench.deliver(bench.send(5, true), 5, 0)).to.equal(null)
  })

  it('leaves out the time in which nothing was under way', () => {
    const bench = new Bench()
    bench.deliver(bench.send(0, true), RTT_MS)
    const row = bench.send(10_000, true)
    expect(bench.deliver(row, 10_000 + RTT_MS)).to.equal((BYTES * 1_000) / (RTT_MS + LATE_MS))
  })

  it('marks packets sent while there was too little to send, until those are delivered', () => {
    const bench = new Bench()
    const before = bench.send(0, true)
    bench.rate.markAppLimited(BYTES)
    const during = bench.send(1)
    bench.deliver(before, 50)
    const still = bench.send(51)
    bench.deliver(during, 52)
    const after = bench.send(53)
    expect(
      [before, during, still, after].map((row) => bench.packets.appLimited[row]),
    ).to.deep.equal([0, 1, 1, 0])
  })

  it('is not set back by a packet that arrives late', () => {
    const bench = new Bench()
    const late = bench.send(0, true)
    const newest = bench.send(100)
    bench.deliver(newest, 150)
    bench.deliver(late, 151)
    const row = bench.send(152)
    expect(bench.packets.firstSentAtMs[row]).to.equal(100)
  })
})
