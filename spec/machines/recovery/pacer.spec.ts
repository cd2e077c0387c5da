import { expect } from 'chai'
import { Pacer } from '../../../machines/recovery/pacer.ts'

const RATE = 1_000_000
const DATAGRAM = 1_200

function emptied(rateBytesPerS = RATE, datagramBytes = DATAGRAM): Pacer {
  const pacer = new Pacer(rateBytesPerS, datagramBytes, 0)
  pacer.spend(pacer.budgetBytes(0))
  return pacer
}

describe('Pacer', () => {
  it('begins with two datagrams', () => {
    expect(new Pacer(1, DATAGRAM, 0).budgetBytes(0)).to.equal(2 * DATAGRAM)
  })

  it('earns what the rate says', () => {
    const pacer = emptied()
    expect(pacer.budgetBytes(0)).to.equal(0)
    expect(pacer.budgetBytes(1)).to.equal(1_000)
    expect(pacer.budgetBytes(1.5)).to.equal(1_500)
  })

  it('catches up on 2 ms at high rates and on no more', () => {
    const pacer = emptied(10_000_000)
    expect(pacer.budgetBytes(1.9)).to.equal(19_000)
    expect(pacer.budgetBytes(60_000)).to.equal(20_000)
  })

  for (const [rttMinMs, catchUpMs] of [
    [1.99, 8],
    [2, 2],
    [16, 2],
    [24, 3],
    [64, 8],
    [600, 8],
  ] as const) {
    it(`catches up on ${catchUpMs} ms where a round trip takes ${rttMinMs} ms`, () => {
      const pacer = emptied()
      pacer.take(10_000_000, rttMinMs)
      expect(pacer.budgetBytes(catchUpMs - 0.1)).to.be.closeTo((catchUpMs - 0.1) * 10_000, 1)
      expect(pacer.budgetBytes(60_000)).to.equal(catchUpMs * 10_000)
    })
  }

  it('says when the budget will be there, to the moment', () => {
    const pacer = emptied()
    expect(pacer.readyAtMs(DATAGRAM)).to.equal(1.2)
    expect(pacer.budgetBytes(1.199)).to.be.below(DATAGRAM)
    expect(pacer.budgetBytes(1.2)).to.be.at.least(DATAGRAM)
    expect(pacer.readyAtMs(DATAGRAM)).to.equal(1.2)
  })

  it('lets the largest datagram leave at the lowest rate', () => {
    const pacer = emptied(1_000, 65_507)
    const atMs = pacer.readyAtMs(65_507)
    expect(atMs).to.equal(65_507)
    expect(pacer.budgetBytes(atMs)).to.equal(65_507)
  })

  it('keeps the rate over any stretch of time, give or take its bucket', () => {
    const pacer = emptied()
    let sent = 0
    for (let atMs = 0; atMs <= 1_000; atMs += 0.7) {
      while (pacer.budgetBytes(atMs) >= DATAGRAM) {
        pacer.spend(DATAGRAM)
        sent += DATAGRAM
      }
    }
    expect(sent).to.be.within(RATE - 3 * DATAGRAM, RATE)
  })

  it('cuts saved budget to what a lower rate allows, and earns at a higher one at once', () => {
    const pacer = emptied(10_000_000)
    expect(pacer.budgetBytes(5)).to.equal(20_000)
    pacer.rateBytesPerS = RATE
    expect(pacer.budgetBytes(5)).to.equal(2 * DATAGRAM)
    pacer.spend(2 * DATAGRAM)
    pacer.rateBytesPerS = 5_000_000
    expect(pacer.readyAtMs(DATAGRAM)).to.equal(5.24)
  })
})
