import { expect } from 'chai'
import { forEachAtOnce } from '../../../adapters/files/at-once.ts'
import { Slots } from '../../../adapters/files/slots.ts'

describe('Slots', () => {
  it('lets so many in at once, and the others in order as each is released', async () => {
    const slots = new Slots(2)
    const entered: number[] = []
    const all = [0, 1, 2, 3].map((n) => slots.take().then(() => entered.push(n)))
    await Promise.all(all.slice(0, 2))
    expect(entered).to.deep.equal([0, 1])
    expect(slots.free).to.equal(0)
    slots.release()
    await all[2]
    expect(entered).to.deep.equal([0, 1, 2])
    slots.release()
    await all[3]
    for (let i = 0; i < 2; i += 1) slots.release()
    expect(slots.free).to.equal(2)
  })
})

describe('forEachAtOnce', () => {
  it('works on every item, and on so many at once', async () => {
    let atOnce = 0
    let atOnceMax = 0
    const done: number[] = []
    await forEachAtOnce(3, [...Array(10).keys()], async (item, index) => {
      expect(item).to.equal(index)
      atOnce += 1
      atOnceMax = Math.max(atOnceMax, atOnce)
      await new Promise((resolve) => setImmediate(resolve))
      atOnce -= 1
      done.push(item)
    })
    expect(atOnceMax).to.equal(3)
    expect(done.sort((a, b) => a - b)).to.deep.equal([...Array(10).keys()])
  })

  it('rejects as the first that rejects', async () => {
    const failing = forEachAtOnce(2, [1, 2, 3], async (item) => {
      if (item === 2) throw new Error('two')
    })
    expect(await failing.catch(({ message }) => message)).to.equal('two')
  })
})
