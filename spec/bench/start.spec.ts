import { expect } from 'chai'
import { startRatio } from './start.ts'

/** `npm run bench -- start` asks for 2 on a quiet machine; unbundled it is above 5. */
const RATIO_MAX = 4

describe('the start of a process', () => {
  // Writes dist anew, so that no older one is judged.
  before(() => import('../../bundle.ts'))

  it('is short enough to fetch 1 KiB', async () => {
    expect(await startRatio(5)).to.be.below(RATIO_MAX)
  })
})
