import { expect } from 'chai'
import { bundledMain } from '../support/bundled.ts'
import { startRatio } from './start.ts'

/** `npm run bench -- start` asks for 2 on a quiet machine; unbundled it is above 5. */
const RATIO_MAX = 3

describe('the start of a process', () => {
  it('is short enough to fetch 1 KiB', async () => {
    expect(await startRatio(5, await bundledMain())).to.be.below(RATIO_MAX)
  })
})
