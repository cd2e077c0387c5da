import { expect } from 'chai'
import fc from 'fast-check'
import { DIGEST_BLOCK_BYTES, RECORD_BYTES, SEAL_BYTES } from '../../../machines/limits.ts'
import { Reassembly } from '../../../machines/recovery/reassembly.ts'

const SIZE = 100

const ignore = () => {}

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
          const onNew = (first: number, last: number) => {
            for (let at = first; at <= last; at += 1) {
              expect(arrived.has(at), `byte ${at} is new`).to.equal(false)
              arrived.add(at)
            }
          }
          const result = reassembly.add(7, offset, end - offset, SIZE, onNew)
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
    expect(reassembly.add(0, 0, 60, SIZE, ignore)).to.equal('new')
    expect(reassembly.add(2 ** 32 - 1, 60, 40, SIZE, ignore)).to.equal('new')
    expect(reassembly.unfinished).to.equal(2)
    expect(reassembly.add(0, 60, 40, SIZE, ignore)).to.equal('complete')
    expect(reassembly.add(2 ** 32 - 1, 0, 60, SIZE, ignore)).to.equal('complete')
    expect(reassembly.unfinished).to.equal(0)
  })

  it('lacks the last byte until it is there', () => {
    const reassembly = new Reassembly()
    expect(reassembly.add(0, 0, SIZE - 1, SIZE, ignore)).to.equal('new')
    expect(reassembly.add(0, 0, SIZE - 1, SIZE, ignore)).to.equal('nothing')
    expect(reassembly.add(0, SIZE - 1, 1, SIZE, ignore)).to.equal('complete')
  })

  it('takes a record that comes whole, whatever was there of it', () => {
    const reassembly = new Reassembly()
    reassembly.add(0, 10, 10, SIZE, ignore)
    expect(reassembly.add(0, 0, SIZE, SIZE, ignore)).to.equal('complete')
    expect(reassembly.unfinished).to.equal(0)
  })

  describe('that goes back on a complete record', () => {
    const BLOCK = DIGEST_BLOCK_BYTES
    const LONG = RECORD_BYTES + SEAL_BYTES

    it('lacks exactly the bytes of the blocks it forgot', () => {
      const reassembly = new Reassembly()
      reassembly.forget(7, [0, 31, 32, 60], LONG)
      expect(reassembly.missing(7, LONG)).to.deep.equal([2 ** 31 + 1, 2 ** 28 + 1])
      const runs: number[][] = []
      const note = (first: number, last: number) => runs.push([first, last])
      expect(reassembly.add(7, 10, 2 * BLOCK, LONG, note)).to.equal('new')
      expect(reassembly.add(7, 0, 10, LONG, note)).to.equal('new')
      expect(reassembly.missing(7, LONG)).to.deep.equal([2 ** 31, 2 ** 28 + 1])
      expect(reassembly.add(7, BLOCK, BLOCK, LONG, note)).to.equal('nothing')
      expect(reassembly.add(7, 30 * BLOCK, 4 * BLOCK, LONG, note)).to.equal('new')
      expect(reassembly.add(7, 60 * BLOCK, SEAL_BYTES, LONG, note)).to.equal('complete')
      expect(runs).to.deep.equal([
        [10, BLOCK - 1],
        [0, 9],
        [31 * BLOCK, 33 * BLOCK - 1],
        [60 * BLOCK, LONG - 1],
      ])
    })

    it('misses every block of a record of which nothing came', () => {
      expect(new Reassembly().missing(7, LONG)).to.deep.equal([2 ** 32 - 1, 2 ** 29 - 1])
      expect(new Reassembly().missing(7, BLOCK + 1)).to.deep.equal([3, 0])
    })
  })
})
