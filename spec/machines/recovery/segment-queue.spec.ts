import { expect } from 'chai'
import { SegmentQueue } from '../../../machines/recovery/segment-queue.ts'

function front({ record, offset, length }: SegmentQueue): number[] {
  return [record, offset, length]
}

describe('SegmentQueue', () => {
  it('gives slices back in their order', () => {
    const queue = new SegmentQueue()
    expect(queue.isEmpty).to.equal(true)
    queue.push(4, 0, 100)
    queue.push(2, 50, 10)
    expect(front(queue)).to.deep.equal([4, 0, 100])
    queue.take(100)
    expect(front(queue)).to.deep.equal([2, 50, 10])
    queue.take(10)
    expect(queue.isEmpty).to.equal(true)
  })

  it('is cut off piece by piece', () => {
    const queue = new SegmentQueue()
    queue.push(1, 1_000, 100)
    queue.take(40)
    expect(front(queue)).to.deep.equal([1, 1_040, 60])
    queue.take(59)
    expect(front(queue)).to.deep.equal([1, 1_099, 1])
    queue.take(1)
    expect(queue.isEmpty).to.equal(true)
  })

  it('repeats its newest slices behind them, and no others', () => {
    const queue = new SegmentQueue()
    queue.push(1, 0, 10)
    queue.push(2, 0, 10)
    queue.take(10)
    queue.repeat(queue.size)
    expect(queue.size).to.equal(1)
    queue.push(3, 0, 10)
    queue.push(4, 5, 5)
    queue.repeat(1)
    const slices: number[][] = []
    for (; !queue.isEmpty; queue.take(queue.length)) slices.push(front(queue))
    const repeated = [
      [3, 0, 10],
      [4, 5, 5],
    ]
    expect(slices).to.deep.equal([[2, 0, 10], ...repeated, ...repeated])
  })

  it('keeps its order however long it goes without being empty', () => {
    const queue = new SegmentQueue()
    for (let n = 0; n < 10; n += 1) queue.push(n, 0, 1)
    const taken: number[] = []
    for (let n = 10; !queue.isEmpty; n += 1) {
      taken.push(queue.record)
      queue.take(1)
      if (n < 100_000) queue.push(n, 0, 1)
    }
    expect(taken.length).to.equal(100_000)
    expect(taken.findIndex((record, i) => record !== i)).to.equal(-1)
  })

  it('drops the slices of one record, those behind the first one taken', () => {
    const queue = new SegmentQueue()
    for (const record of [5, 7, 5, 8, 7]) queue.push(record, record * 10, 3)
    queue.take(3)
    queue.take(1)
    queue.drop(5)
    const left: number[][] = []
    for (; !queue.isEmpty; queue.take(queue.length)) {
      left.push([queue.record, queue.offset, queue.length])
    }
    expect(left).to.deep.equal([
      [7, 71, 2],
      [8, 80, 3],
      [7, 70, 3],
    ])
  })
})
