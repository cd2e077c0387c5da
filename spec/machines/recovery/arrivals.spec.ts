import { expect } from 'chai'
import { STATUS_PACKET_RANGES_MAX } from '../../../machines/limits.ts'
import { Arrivals } from '../../../machines/recovery/arrivals.ts'

const RTT_MS = 40
const QUARTER_MS = RTT_MS / 4
/** Quarters of a round trip with something new after which a packet is reported no longer. */
const MARKS = 32

function arrivalsOf(...packetNumbers: number[]): Arrivals {
  const arrivals = new Arrivals(RTT_MS, 0)
  for (const packetNumber of packetNumbers) arrivals.add(packetNumber, packetNumber, 0)
  return arrivals
}

/** Every second number arrives, one a quarter of a round trip, and is reported. */
function reportFor(arrivals: Arrivals, quarters: number, from = 1): readonly number[] {
  let report: readonly number[] = []
  for (let i = from; i < from + quarters; i += 1) {
    arrivals.add(2 * i, 2 * i, i * QUARTER_MS)
    report = arrivals.report(i * QUARTER_MS)
  }
  return report
}

describe('Arrivals', () => {
  it('reports what arrived as ranges', () => {
    expect(arrivalsOf(0, 1, 2, 5).report(1)).to.deep.equal([0, 2, 5, 5])
  })

  it('tells when the largest number arrived', () => {
    const arrivals = arrivalsOf(5)
    arrivals.add(4, 4, 7)
    expect(arrivals.largestAtMs).to.equal(0)
    arrivals.add(6, 6, 8)
    expect(arrivals.largestAtMs).to.equal(8)
  })

  it('tells the share that did not arrive, as far back as it remembers', () => {
    expect(arrivalsOf().lostShare).to.equal(0)
    expect(arrivalsOf(0, 1, 2).lostShare).to.equal(0)
    expect(arrivalsOf(0, 3).lostShare).to.equal(0.5)
    const many = arrivalsOf(...Array.from({ length: 10_000 }, (_, i) => 2 * i))
    many.trim()
    expect(many.lostShare).to.be.closeTo(0.5, 0.01)
  })

  it('reports a packet for eight round trips, and no longer', () => {
    const arrivals = arrivalsOf(0)
    expect(reportFor(arrivals, MARKS - 1).slice(0, 2)).to.deep.equal([0, 0])
    const report = reportFor(arrivals, 1, MARKS)
    expect(report.slice(0, 2)).to.deep.equal([4, 4])
    expect(report.slice(-2)).to.deep.equal([2 * MARKS, 2 * MARKS])
  })

  it('goes on reporting what was said last while nothing new arrives', () => {
    const arrivals = arrivalsOf(0)
    const report = reportFor(arrivals, MARKS - 1)
    for (let ms = 0; ms < 10_000; ms += QUARTER_MS) {
      expect(arrivals.report(MARKS * QUARTER_MS + ms)).to.deep.equal(report)
    }
  })

  it('counts quarters, not reports', () => {
    const arrivals = arrivalsOf(0)
    for (let i = 1; i < 2 * STATUS_PACKET_RANGES_MAX; i += 1) {
      arrivals.add(2 * i, 2 * i, i / 100)
      arrivals.report(i / 100)
    }
    const report = arrivals.report(QUARTER_MS - 0.01)
    expect(report.length).to.equal(2 * STATUS_PACKET_RANGES_MAX)
  })

  it('remembers the newest ranges beyond what a status carries, and no more', () => {
    const arrivals = arrivalsOf()
    for (let i = 0; i < 10 * STATUS_PACKET_RANGES_MAX; i += 1) {
      arrivals.add(2 * i, 2 * i, 0)
      arrivals.trim()
    }
    const last = 2 * (10 * STATUS_PACKET_RANGES_MAX - 1)
    const report = arrivals.report(0)
    expect(report.slice(-2)).to.deep.equal([last, last])
    expect(report[0]).to.equal(last - 2 * (STATUS_PACKET_RANGES_MAX - 1))
  })
})
