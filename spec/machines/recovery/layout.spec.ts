import { expect } from 'chai'
import { RECORD_BYTES, RECORDS_MAX, SEAL_BYTES } from '../../../machines/limits.ts'
import { Layout } from '../../../machines/recovery/layout.ts'
import { RangeSet } from '../../../machines/recovery/ranges.ts'

function bytesOf(layout: Layout, ...records: number[]): number {
  const set = new RangeSet()
  for (const record of records) set.add(record)
  return layout.bytesOf(set)
}

describe('Layout', () => {
  it('cuts nothing into no record', () => {
    const layout = new Layout(0)
    expect(layout.recordCount).to.equal(0)
    expect(bytesOf(layout)).to.equal(0)
  })

  it('cuts full records and a last one with what is left', () => {
    const sizes = [1, RECORD_BYTES - 1, RECORD_BYTES, RECORD_BYTES + 1, 2 * RECORD_BYTES, 3_000_000]
    for (const size of sizes) {
      const layout = new Layout(size)
      let at = 0
      for (let record = 0; record < layout.recordCount; record += 1) {
        expect(layout.offsetBytes(record)).to.equal(at)
        expect(layout.plainBytes(record)).to.be.within(1, RECORD_BYTES)
        expect(layout.sealedBytes(record)).to.equal(layout.plainBytes(record) + SEAL_BYTES)
        at += layout.plainBytes(record)
      }
      expect(at).to.equal(size)
    }
    expect(new Layout(RECORD_BYTES - 1).recordCount).to.equal(1)
    expect(new Layout(RECORD_BYTES).recordCount).to.equal(1)
    expect(new Layout(RECORD_BYTES + 1).recordCount).to.equal(2)
  })

  it('counts the bytes of records, the short one too', () => {
    const layout = new Layout(2 * RECORD_BYTES + 5)
    expect(bytesOf(layout)).to.equal(0)
    expect(bytesOf(layout, 0)).to.equal(RECORD_BYTES)
    expect(bytesOf(layout, 2)).to.equal(5)
    expect(bytesOf(layout, 0, 1, 2)).to.equal(2 * RECORD_BYTES + 5)
    expect(bytesOf(new Layout(7), 0)).to.equal(7)
  })

  it('is exact for as many records as there can be', () => {
    const layout = new Layout(RECORDS_MAX * RECORD_BYTES - 1)
    const last = RECORDS_MAX - 1
    expect(layout.recordCount).to.equal(RECORDS_MAX)
    expect(layout.plainBytes(last)).to.equal(RECORD_BYTES - 1)
    expect(layout.offsetBytes(last) + layout.plainBytes(last)).to.equal(layout.totalBytes)
  })
})
