import { expect } from 'chai'
import fc from 'fast-check'
import { RangeSet } from '../../../machines/recovery/ranges.ts'
import { membersOf } from './rows.ts'

const ALL = Number.MAX_SAFE_INTEGER

function rangeSet(...flat: number[]): RangeSet {
  const set = new RangeSet()
  for (let i = 0; i < flat.length; i += 2) set.add(flat[i]!, flat[i + 1]!)
  return set
}

const additions = fc.array(
  fc.tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 6 })),
  { maxLength: 60 },
)

describe('RangeSet', () => {
  it('holds what a plain set holds, in as few ranges as can be', () => {
    fc.assert(
      fc.property(additions, (added) => {
        const set = new RangeSet()
        const model = new Set<number>()
        for (const [first, more] of added) {
          const before = model.size
          for (let n = first; n <= first + more; n += 1) model.add(n)
          expect(set.add(first, first + more)).to.equal(model.size > before)
        }
        const members = [...model].sort((a, b) => a - b)
        expect(membersOf(set.lowest(ALL))).to.deep.equal(members)
        expect(set.size).to.equal(members.length)
        expect(set.largest).to.equal(members.at(-1) ?? -1)
        expect(set.rangeCount).to.equal(members.filter((n) => !model.has(n - 1)).length)
        const gap = members.findIndex((n, i) => n !== i)
        expect(set.prefix).to.equal(gap === -1 ? members.length : gap)
        for (let n = -1; n <= 48; n += 1) expect(set.has(n), `${n}`).to.equal(model.has(n))
      }),
    )
  })

  it('merges what touches, on either side, and only that', () => {
    expect(rangeSet(10, 19, 20, 29).lowest(ALL)).to.deep.equal([10, 29])
    expect(rangeSet(20, 29, 10, 19).lowest(ALL)).to.deep.equal([10, 29])
    expect(rangeSet(10, 19, 21, 29).lowest(ALL)).to.deep.equal([10, 19, 21, 29])
    expect(rangeSet(21, 29, 10, 19).lowest(ALL)).to.deep.equal([10, 19, 21, 29])
    expect(rangeSet(10, 19, 21, 29, 20, 20).lowest(ALL)).to.deep.equal([10, 29])
    expect(rangeSet(1, 1, 3, 3, 5, 5, 0, 9).lowest(ALL)).to.deep.equal([0, 9])
  })

  it('takes gaps of 2⁴⁰ and numbers past 2³²', () => {
    const far = 2 ** 48 - 1
    const set = rangeSet(0, 0, 2 ** 40, 2 ** 40, far, far)
    expect(set.size).to.equal(3)
    expect(set.has(2 ** 40 + 1)).to.equal(false)
    expect(set.add(2 ** 32)).to.equal(true)
    expect(set.lowest(ALL)).to.deep.equal([0, 0, 2 ** 32, 2 ** 32, 2 ** 40, 2 ** 40, far, far])
  })

  it('gives the lowest and the newest ranges, ascending both', () => {
    const set = rangeSet(1, 2, 4, 5, 7, 8)
    expect(set.lowest(2)).to.deep.equal([1, 2, 4, 5])
    expect(set.newest(2)).to.deep.equal([4, 5, 7, 8])
    expect(set.newest(4)).to.deep.equal([1, 2, 4, 5, 7, 8])
  })

  it('gives of the newest those with members beyond a number', () => {
    const set = rangeSet(1, 2, 4, 5, 7, 8)
    expect(set.newest(4, 4)).to.deep.equal([4, 5, 7, 8])
    expect(set.newest(4, 5)).to.deep.equal([7, 8])
    expect(set.newest(1, 4)).to.deep.equal([7, 8])
    expect(set.newest(4, 8)).to.deep.equal([])
  })

  it('forgets the lowest beyond a bound, and nothing within it', () => {
    const set = rangeSet(1, 2, 4, 5, 7, 8)
    set.keepNewest(3)
    expect(set.rangeCount).to.equal(3)
    set.keepNewest(2)
    expect(set.lowest(ALL)).to.deep.equal([4, 5, 7, 8])
    set.keepNewest(0)
    expect(set.largest).to.equal(-1)
  })

  it('adds a million numbers in order at the cost of a comparison each', () => {
    const set = new RangeSet()
    for (let n = 0; n < 2_000_000; n += 2) set.add(n)
    expect(set.rangeCount).to.equal(1_000_000)
  })
})
