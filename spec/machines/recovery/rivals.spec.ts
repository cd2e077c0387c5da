import { expect } from 'chai'
import {
  beginYield,
  endYield,
  haveHeld,
  hold,
  NO_RIVALS,
  passRound,
  type Rivals,
} from '../../../machines/recovery/rivals.ts'

/** Yields once for each of these round trips, which were 100 ms at the height of the queue. */
function afterYields(...rttsMinMs: number[]): Rivals {
  return rttsMinMs.reduce((rivals, ms) => endYield(beginYield(rivals, 100), ms), NO_RIVALS)
}

function afterRounds(rivals: Rivals, rounds: number): Rivals {
  return Array.from({ length: rounds }).reduce<Rivals>(passRound, rivals)
}

describe('rivals', () => {
  it('hold when three yields in a row left a round trip of more than 0.75', () => {
    expect(hold(NO_RIVALS)).to.equal(false)
    expect(hold(afterYields(75.1, 75.1))).to.equal(false)
    expect(hold(afterYields(75.1, 75.1, 75.1))).to.equal(true)
    expect(hold(afterYields(75.1, 75.1, 75))).to.equal(false)
    expect(hold(afterYields(90, 90, 75, 90, 90))).to.equal(false)
  })

  it('are taken for such until one yield is joined, and not held against after 30 rounds', () => {
    const held = afterYields(90, 90, 90)
    expect(hold(afterRounds(held, 29))).to.equal(true)
    const stale = afterRounds(held, 30)
    expect(hold(stale)).to.equal(false)
    expect(haveHeld(stale)).to.equal(true)
    expect(hold(endYield(beginYield(stale, 100), 76)), 'tried once more').to.equal(true)
    expect(haveHeld(endYield(beginYield(stale, 100), 75))).to.equal(false)
  })

  it('are forgotten where the yields are more than 30 rounds apart', () => {
    const again = (rounds: number) =>
      hold(endYield(beginYield(afterRounds(afterYields(90, 90), rounds), 100), 90))
    expect(again(29)).to.equal(true)
    expect(again(30)).to.equal(false)
  })

  it('are judged by the height of the queue, however long ago that was seen', () => {
    const yielding = afterRounds(beginYield(NO_RIVALS, 200), 40)
    expect(endYield(yielding, 151).vainYields).to.equal(1)
    expect(endYield(yielding, 150).vainYields).to.equal(0)
  })
})
