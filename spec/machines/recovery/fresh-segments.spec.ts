import { expect } from 'chai'
import { READ_AHEAD_RECORDS, RECORD_BYTES, SEAL_BYTES } from '../../../machines/limits.ts'
import { FreshSegments } from '../../../machines/recovery/fresh-segments.ts'
import { Layout } from '../../../machines/recovery/layout.ts'
import { RangeSet } from '../../../machines/recovery/ranges.ts'

const FULL = RECORD_BYTES + SEAL_BYTES

/** Fast enough for all that may be read ahead. */
const FAST = { rateBytesPerS: 1e9, inFlightBytesMax: 1e6, drainedBytes: 0 }

/** Records 0 to `records` - 1, the last with 100 bytes. */
function fresh(records: number, windowEnd = records): FreshSegments {
  const segments = new FreshSegments(new Layout((records - 1) * RECORD_BYTES + 100), FAST)
  segments.windowEnd = windowEnd
  return segments
}

describe('FreshSegments', () => {
  it('has nothing to send of a record that is not sealed', () => {
    const segments = fresh(2)
    expect(segments.length).to.equal(0)
    segments.seal(1)
    expect(segments.length).to.equal(FULL)
    segments.take(FULL)
    expect(segments).to.include({ record: 1, offset: 0, length: 0 })
  })

  it('has nothing to send of a record outside the window', () => {
    const segments = fresh(3, 1)
    segments.seal(3)
    segments.take(FULL)
    expect(segments.length).to.equal(0)
    segments.windowEnd = 2
    expect(segments.length).to.equal(FULL)
  })

  it('goes through the records to the last byte of the last', () => {
    const segments = fresh(2)
    segments.seal(2)
    segments.take(FULL - 1)
    expect(segments).to.include({ record: 0, offset: FULL - 1, length: 1 })
    segments.take(1)
    expect(segments).to.include({ record: 1, offset: 0, length: 100 + SEAL_BYTES })
    segments.take(100 + SEAL_BYTES)
    expect(segments).to.include({ record: 2, length: 0 })
  })

  it('passes over opened records, also one that it is in the middle of', () => {
    const segments = fresh(4)
    segments.seal(3)
    segments.take(1)
    const opened = new RangeSet()
    opened.add(0, 1)
    opened.add(3)
    segments.skip(opened)
    expect(segments).to.include({ record: 2, offset: 0 })
    opened.add(2)
    segments.skip(opened)
    expect(segments.record, 'even where nothing was sealed').to.equal(4)
  })

  it('wants no record that is opened, and sends what lies between', () => {
    const segments = fresh(100)
    segments.windowEnd = 100
    const opened = new RangeSet()
    opened.add(0, 49)
    opened.add(53, 97)
    segments.skip(opened)
    expect(segments.takeWanted(opened)).to.deep.equal({ first: 50, count: 3 })
    segments.seal(53)
    expect(segments.length).to.be.above(0)
    for (let record = 50; record < 53; record += 1) segments.take(segments.length)
    segments.skip(opened)
    expect(segments.takeWanted(opened)).to.deep.equal({ first: 98, count: 2 })
  })

  it('wants each record read once, some ahead, and asks again when half of them are used', () => {
    const segments = fresh(100)
    expect(segments.takeWanted(new RangeSet())).to.deep.equal({
      first: 0,
      count: READ_AHEAD_RECORDS,
    })
    expect(segments.takeWanted(new RangeSet())).to.equal(null)
    segments.seal(READ_AHEAD_RECORDS)
    const half = READ_AHEAD_RECORDS / 2
    for (let record = 0; record < half - 1; record += 1) segments.take(FULL)
    expect(segments.takeWanted(new RangeSet())).to.equal(null)
    segments.take(FULL)
    expect(segments.takeWanted(new RangeSet())).to.deep.equal({
      first: READ_AHEAD_RECORDS,
      count: half,
    })
  })

  it('wants no more than may leave while the disk reads', () => {
    const segments = fresh(100)
    segments.takePace({ ...FAST, rateBytesPerS: 0, inFlightBytesMax: RECORD_BYTES - 1_000 })
    expect(segments.takeWanted(new RangeSet())).to.deep.equal({ first: 0, count: 1 })
    segments.seal(1)
    segments.take(1_000)
    expect(segments.takeWanted(new RangeSet())).to.equal(null)
    segments.take(1)
    expect(segments.takeWanted(new RangeSet())).to.deep.equal({ first: 1, count: 1 })
    segments.takePace({ ...FAST, rateBytesPerS: 200 * RECORD_BYTES, inFlightBytesMax: 1 })
    expect(segments.takeWanted(new RangeSet()), '20 ms of it').to.deep.equal({ first: 2, count: 3 })
  })

  it('wants nothing beyond the window or the last record', () => {
    const segments = fresh(5, 3)
    expect(segments.takeWanted(new RangeSet())).to.deep.equal({ first: 0, count: 3 })
    segments.windowEnd = 1_000
    expect(segments.takeWanted(new RangeSet())).to.deep.equal({ first: 3, count: 2 })
    expect(segments.takeWanted(new RangeSet())).to.equal(null)
  })

  it('wants as many bytes ahead of small files as of one, whatever that is in records', () => {
    const layout = new Layout(100)
    layout.grow(Array.from({ length: 100 }, () => 10_000))
    const segments = new FreshSegments(layout, { rateBytesPerS: 0, inFlightBytesMax: 40_100 })
    segments.windowEnd = 101
    const opened = new RangeSet()
    expect(segments.takeWanted(opened)).to.deep.equal({ first: 0, count: 5 })
    segments.takePace({ rateBytesPerS: 0, inFlightBytesMax: 40_101 })
    const further = new FreshSegments(layout, { rateBytesPerS: 0, inFlightBytesMax: 40_101 })
    further.windowEnd = 101
    expect(further.takeWanted(opened)).to.deep.equal({ first: 0, count: 6 })
  })

  it('wants what is left of small files, and no more than may be read ahead', () => {
    const layout = new Layout(100)
    layout.grow(Array.from({ length: 300 }, () => 10_000))
    const segments = new FreshSegments(layout, FAST)
    segments.windowEnd = 301
    const opened = new RangeSet()
    const ahead = Math.ceil((READ_AHEAD_RECORDS * RECORD_BYTES - 100) / 10_000)
    const first = segments.takeWanted(opened)
    expect(first).to.deep.equal({ first: 0, count: 1 + ahead })
    opened.add(0, 199)
    segments.skip(opened)
    expect(segments.takeWanted(opened)).to.deep.equal({ first: 200, count: 101 })
  })
})
