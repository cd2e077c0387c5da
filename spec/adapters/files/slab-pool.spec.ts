import { expect } from 'chai'
import { SlabPool } from '../../../adapters/files/slab-pool.ts'

describe('slab pool', () => {
  it('hands out again what came back, and no slab twice', () => {
    const pool = new SlabPool(1_000, 2)
    const taken = [pool.take(1_000), pool.take(999), pool.take(0)]
    expect(taken.map(({ length }) => length)).to.deep.equal([1_000, 999, 0])
    const slabs = new Set(taken.map(({ buffer }) => buffer))
    expect(slabs.size).to.equal(3)
    for (const bytes of taken) pool.give(bytes)
    const again = [1, 2, 3].map((bytes) => pool.take(bytes).buffer)
    expect(again.filter((slab) => slabs.has(slab))).to.have.length(2)
    expect(new Set(again).size).to.equal(3)
  })

  it('hands out no more than a slab holds', () => {
    expect(() => new SlabPool(1_000, 2).take(1_001)).to.throw(RangeError)
  })

  it('takes back its own slabs alone', () => {
    const pool = new SlabPool(1_000, 2)
    expect(() => pool.give(Buffer.allocUnsafeSlow(999))).to.throw(RangeError)
  })
})
