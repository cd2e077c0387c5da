import { expect } from 'chai'
import { seededRandom } from '../../../adapters/simulation/random.ts'

function rolls(label: string, count: number): number[] {
  const random = seededRandom(label)
  return Array.from({ length: count }, random)
}

describe('seededRandom', () => {
  it('repeats itself for a label, and for that label only', () => {
    expect(rolls('1/toServer/drop/0', 100)).to.deep.equal(rolls('1/toServer/drop/0', 100))
    expect(rolls('1/toServer/drop/0', 100)).not.to.deep.equal(rolls('2/toServer/drop/0', 100))
  })

  it('spreads evenly over 0 ≤ n < 1', () => {
    const tenths = new Array<number>(10).fill(0)
    for (const roll of rolls('evenness', 100_000)) {
      const tenth = Math.floor(roll * 10)
      tenths[tenth] = (tenths[tenth] ?? 0) + 1
    }
    expect(tenths).to.have.length(10)
    // Five standard deviations of a binomial count of 100 000 × 1/10.
    for (const count of tenths) expect(count).to.be.closeTo(10_000, 5 * 95)
  })
})
