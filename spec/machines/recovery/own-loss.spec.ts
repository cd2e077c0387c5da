import { expect } from 'chai'
import {
  learnLoss,
  learnLossBefore,
  NO_LOSS,
  ownLossShare,
  ownLossShareMax,
} from '../../../machines/recovery/own-loss.ts'

const some = { lostBytes: 200, bytes: 1_000 }
const none = { lostBytes: 0, bytes: 1_000 }

describe('own loss', () => {
  it('begins with none, and allows for two percent', () => {
    expect(ownLossShare(NO_LOSS)).to.equal(0)
    expect(ownLossShareMax(NO_LOSS)).to.equal(0.02)
  })

  it('is what rounds lost, the larger ones counting more, the older ones less', () => {
    const once = learnLoss(NO_LOSS, some)
    expect(ownLossShare(once)).to.equal(0.2)
    expect(ownLossShareMax(once)).to.be.closeTo(0.32, 1e-12)
    expect(ownLossShare(learnLoss(once, none))).to.be.closeTo(150 / 1_750, 1e-12)
    expect(ownLossShare(learnLoss(once, { lostBytes: 0, bytes: 9_250 }))).to.equal(0.015)
  })

  it('is believed up to 60 %', () => {
    expect(ownLossShare(learnLoss(NO_LOSS, { lostBytes: 60, bytes: 100 }))).to.equal(0.6)
    expect(ownLossShare(learnLoss(NO_LOSS, { lostBytes: 61, bytes: 100 }))).to.equal(0.6)
  })

  it('is allowed for up to 65 %, so that hardly three times what arrived counts as carried', () => {
    const allowed = (lostBytes: number) =>
      ownLossShareMax(learnLoss(NO_LOSS, { lostBytes, bytes: 100 }))
    expect(allowed(41)).to.be.closeTo(0.635, 1e-12)
    expect(allowed(43)).to.equal(0.65)
    expect(allowed(100)).to.equal(0.65)
  })

  it('is learned of a growing round from the next, and of the last not at all', () => {
    const growing = learnLossBefore(NO_LOSS, some)
    expect(ownLossShare(growing)).to.equal(0)
    const grown = learnLossBefore(growing, { lostBytes: 900, bytes: 1_000 })
    expect(ownLossShare(grown)).to.equal(0.2)
    expect(ownLossShare(learnLoss(grown, some))).to.equal(0.2)
  })
})
