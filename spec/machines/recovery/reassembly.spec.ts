import { expect } from 'chai'
import fc from 'fast-check'
import { Reassembly } from '../../../machines/recovery/reassembly.ts'

const SIZE = 100

/** Slices that cover SIZE bytes, overlap as they like, and come in any order. */
const cuttings = fc
  .tuple(
    fc.uniqueArray(fc.integer({ min: 1, max: SIZE - 1 }), { minLength: 1, maxLength: 12 }),
    fc.array(fc.tuple(fc.nat(SIZE - 1), fc.integer({ min: 1, max: SIZE })), { maxLength: 10 }),
  )
  .chain(([cuts, extra]) => {
    const edges = [0, ...cuts.sort((a, b) => a - b), SIZE]
    const slices = edges.slice(1).map((end, i) => ({ offset: edges[i]!, end }))
    for (const [offset, length] of extra) {
      slices.push({ offset, end: Math.min(SIZE, offset + length) })
    }
    return fc.shuffledSubarray(slices, { minLength: slices.length, maxLength: slices.length })
  })

describe('Reassembly', () => {
  it('completes exactly once, with the slice that brings the last byte', () => {
    fc.assert(
      fc.property(cuttings, (slices) => {
        const reassembly = new Reassembly()
        const arrived = new Set<number>()
        for (const { offset, end } of slices) {
          const before = arrived.size
          for (let at = offset; at < end; at += 1) arrived.add(at)
          const result = reassembly.add(7, offset, end - offset, SIZE)
          if (arrived.size === SIZE) {
            expect(result).to.equal('complete')
            expect(reassembly.unfinished).to.equal(0)
            return
          }
          expect(result).to.equal(arrived.size > before ? 'new' : 'nothing')
        }
        expect.fail('the slices cover the record')
      }),
    )
  })

  it('keeps records apart', () => {
    const reassembly = new Reassembly()
    expect(reassembly.add(0, 0, 60, SIZE)).to.equal('new')
    expect(reassembly.add(2 ** 32 - 1, 60, 40, SIZE)).to.equal('new')
    expect(reassembly.unfinished).to.equal(2)
    expect(reassembly.add(0, 60, 40, SIZE)).to.equal('complete')
    expect(reassembly.add(2 ** 32 - 1, 0, 60, SIZE)).to.equal('complete')
    expect(reassembly.unfinished).to.equal(0)
  })

  it('lacks the last byte until it is there', () => {
    const reassembly = new Reassembly()
    expect(reassembly.add(0, 0, SIZE - 1, SIZE)).to.equal('new')
    expect(reassembly.add(0, 0, SIZE - 1, SIZE)).to.equal('nothing')
    expect(reassembly.add(0, SIZE - 1, 1, SIZE)).to.equal('complete')
  })

  it('takes a record that comes whole, whatever was there of it', () => {
    const reassembly = new Reassembly()
    reassembly.add(0, 10, 10, SIZE)
    expect(reassembly.add(0, 0, SIZE, SIZE)).to.equal('complete')
    expect(reassembly.unfinished).to.equal(0)
  })
})
