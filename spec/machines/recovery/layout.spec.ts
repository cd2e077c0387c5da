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

describe('Layout of several runs', () => {
  const sizes = [0, 1, RECORD_BYTES, 0, 0, RECORD_BYTES + 1, 3 * RECORD_BYTES, 7, 0]
  const runs = [100, ...sizes]
  const grown = () => {
    const layout = new Layout(100)
    layout.grow(sizes)
    return layout
  }

  it('begins a record with each run, and cuts every one as if it were alone', () => {
    const layout = grown()
    let record = 0
    let beginBytes = 0
    for (const [run, size] of runs.entries()) {
      const alone = new Layout(size)
      expect(layout.firstRecord(run)).to.equal(record)
      expect(layout.beginBytes(run)).to.equal(beginBytes)
      for (let i = 0; i < alone.recordCount; i += 1, record += 1) {
        expect(layout.runOf(record)).to.equal(run)
        expect(layout.offsetBytes(record)).to.equal(beginBytes + alone.offsetBytes(i))
        expect(layout.plainBytes(record)).to.equal(alone.plainBytes(i))
        expect(layout.runAt(layout.offsetBytes(record))).to.equal(run)
        const lastByte = layout.offsetBytes(record) + layout.plainBytes(record) - 1
        expect(layout.runAt(lastByte)).to.equal(run)
        expect(
          [layout.offsetBytes(record), lastByte].map((at) => layout.recordAt(at)),
        ).to.deep.equal([record, record])
      }
      beginBytes += size
    }
    expect(layout.runCount).to.equal(runs.length)
    expect(layout.recordCount).to.equal(record)
    expect(layout.totalBytes).to.equal(beginBytes)
  })

  it('answers alike in whatever order it is asked', () => {
    const layout = grown()
    const inOrder = Array.from({ length: layout.recordCount }, (_, record) => grown().runOf(record))
    for (let step = 1; step < layout.recordCount; step += 1) {
      for (let i = 0; i < layout.recordCount; i += 1) {
        const record = (i * step) % layout.recordCount
        expect(layout.runOf(record)).to.equal(inOrder[record])
      }
    }
  })

  it('counts the bytes of records across runs, those beyond the last one as none', () => {
    const layout = grown()
    const all = [...Array(layout.recordCount).keys()]
    expect(bytesOf(layout, ...all)).to.equal(layout.totalBytes)
    expect(bytesOf(layout, 0, 1)).to.equal(101)
    expect(bytesOf(layout, 2, 3)).to.equal(2 * RECORD_BYTES)
    expect(layout.plainBytes(layout.recordCount)).to.be.at.most(0)
    expect(layout.offsetBytes(layout.recordCount)).to.equal(layout.totalBytes)
  })

  it('stays exact up to as many records as there can be', () => {
    const layout = new Layout(10)
    layout.grow([(RECORDS_MAX - 2) * RECORD_BYTES, 5])
    expect(layout.recordCount).to.equal(RECORDS_MAX)
    expect(layout.runOf(RECORDS_MAX - 1)).to.equal(2)
    expect(layout.offsetBytes(RECORDS_MAX - 1)).to.equal(10 + (RECORDS_MAX - 2) * RECORD_BYTES)
    expect(layout.plainBytes(RECORDS_MAX - 1)).to.equal(5)
  })
})
