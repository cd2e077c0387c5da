import { expect } from 'chai'
import { delay } from 'ferrygram/simulation'
import { cargo, PEER, voyage } from '../support/voyage.ts'

const SIZE = 1_000_000
const LIMIT_BYTES_PER_S = 200_000
const key = null

describe('a limited rate', () => {
  for (const verb of ['put', 'get'] as const) {
    it(`holds a ${verb} to it, and little below`, () =>
      voyage({ seed: 1, link: [delay(10)] }, async ({ sea, arrive }) => {
        const from = verb === 'put' ? sea.clientFiles : sea.serverFiles
        from.set('crate.bin', cargo(SIZE))
        const startMs = performance.now()
        const moving = sea[verb](PEER, 'crate.bin', { key, limitBytesPerS: LIMIT_BYTES_PER_S })
        expect(await arrive(moving.outcome, 10_000)).to.have.property('ok')
        const rate = (SIZE / (performance.now() - startMs)) * 1_000
        expect(rate).to.be.within(0.85 * LIMIT_BYTES_PER_S, LIMIT_BYTES_PER_S)
      }))
  }
})
