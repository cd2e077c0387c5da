import { expect } from 'chai'
import sinon from 'sinon'
import { SlabPool } from '../../../adapters/files/slab-pool.ts'

describe('slab pool', () => {
  afterEach(() => sinon.restore())

  it('hands out again what came back, and no slab twice', () => {
    const pool = new SlabPool(1_000, 2)
    const taken = [pool.take(1_000), pool.take(999), pool.take(250)]
    expect(taken.map(({ length }) => length)).to.deep.equal([1_000, 999, 250])
    const slabs = new Set(taken.map(({ buffer }) => buffer))
    expect(slabs.size).to.equal(3)
    for (const bytes of taken) pool.give(bytes)
    const again = [998, 999, 1_000].map((bytes) => pool.take(bytes).buffer)
    expect(again.filter((slab) => slabs.has(slab))).to.have.length(2)
    expect(new Set(again).size).to.equal(3)
  })

  it('allocates what fills less than a quarter of a slab, and does not keep it', () => {
    const pool = new SlabPool(1_000, 2)
    for (const bytes of [249, 0]) {
      const small = pool.take(bytes)
      expect(small.buffer.byteLength).to.equal(bytes)
      pool.give(small)
      expect(pool.take(bytes).buffer).to.not.equal(small.buffer)
    }
    expect(pool.take(250).buffer.byteLength).to.equal(1_000)
  })

  it('hands out no more than a slab holds', () => {
    expect(() => new SlabPool(1_000, 2).take(1_001)).to.throw(RangeError)
  })

  it('takes back its own slabs alone', () => {
    const pool = new SlabPool(1_000, 2)
    expect(() => pool.give(Buffer.allocUnsafeSlow(999))).to.throw(RangeError)
  })

  it('makes all that it keeps once 64 are in use, and not before', () => {
    let made = 0
    class Counted extends ArrayBuffer {
      constructor(bytes: number) {
        super(bytes)
        made += 1
      }
    }
    sinon.replace(globalThis, 'ArrayBuffer', Counted as ArrayBufferConstructor)
    const pool = new SlabPool(1_000, 100)
    const taken = Array.from({ length: 63 }, () => pool.take(1_000))
    expect(made).to.equal(63)
    taken.push(pool.take(1_000))
    expect(made).to.equal(100)
    for (let i = 64; i < 100; i += 1) taken.push(pool.take(1_000))
    expect(made).to.equal(100)
    taken.push(pool.take(1_000))
    expect(made).to.equal(101)
    expect(new Set(taken.map(({ buffer }) => buffer)).size).to.equal(101)
  })
})
