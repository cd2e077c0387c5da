import { expect } from 'chai'
import { trustedBytesPerS } from '../../../machines/recovery/known-path.ts'

const KNOWN = { rateBytesPerS: 1_000_000, rttMs: 100 }

describe('a known path', () => {
  it('is trusted with half of its rate', () => {
    expect(trustedBytesPerS(KNOWN, 100)).to.equal(500_000)
    expect(trustedBytesPerS(null, 100)).to.equal(0)
  })

  it('is another one where a round trip takes half of it less, or half of it more', () => {
    expect(trustedBytesPerS(KNOWN, 50)).to.equal(500_000)
    expect(trustedBytesPerS(KNOWN, 49.9)).to.equal(0)
    expect(trustedBytesPerS(KNOWN, 150)).to.equal(500_000)
    expect(trustedBytesPerS(KNOWN, 150.1)).to.equal(0)
  })
})
