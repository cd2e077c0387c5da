import { expect } from 'chai'
import { createActor } from 'xstate'
import { isContested } from '../../machines/recovery/path-model.ts'
import type { RoundSample } from '../../machines/recovery/round.ts'
import { congestionMachine } from '../../machines/transfer/congestion.ts'
import {
  foundOf,
  gainsNow,
  initialPace,
  STARTUP_GAINS,
} from '../../machines/transfer/congestion-context.ts'

/** It tells its parent, and here it has none. */
const alone = congestionMachine.provide({ actions: { answerPace: () => {} } })
const ROUND: RoundSample = {
  atMs: 0,
  rateBytesPerS: 1_000_000,
  trainBytesPerS: 0,
  appLimited: false,
  rttMinMs: 100,
  rttMs: 100,
  peerDelayMs: 0,
  deliveredBytes: 100_000,
  lostBytes: 0,
  inFlightBytes: 0,
}
const bounds = { rateBytesPerSMax: Number.POSITIVE_INFINITY, socketBufferBytes: 212_992 }

describe('congestion control', () => {
  it('believes a train that filled the path where a round trip takes 5 ms, and not below', () => {
    const stateAfter = (rttMs: number) => {
      const input = { rttMs, initialBytes: 38_400, atMs: 0, bounds, known: null }
      const actor = createActor(alone, { input }).start()
      actor.send({ type: 'filled', rateBytesPerS: 2_000_000 })
      return actor.getSnapshot().value
    }
    expect(stateAfter(5)).to.equal('drain')
    expect(stateAfter(4.9)).to.equal('startup')
  })

  it('shortens its trains again as soon as one got through a fifth faster than all before', () => {
    const inFlightAfter = (rateBytesPerS: number) => {
      const input = { rttMs: 100, initialBytes: 38_400, atMs: 0, bounds, known: null }
      const actor = createActor(alone, { input }).start()
      // One that grows, and one that stalls.
      actor.send({ type: 'roundEnded', sample: ROUND })
      actor.send({ type: 'roundEnded', sample: { ...ROUND, atMs: 100 } })
      actor.send({ type: 'grew', rateBytesPerS })
      return gainsNow(actor.getSnapshot().context).inFlight
    }
    expect(inFlightAfter(1_199_999)).to.equal(2 * STARTUP_GAINS.inFlight)
    expect(inFlightAfter(1_200_000)).to.equal(STARTUP_GAINS.inFlight)
  })

  it('begins with half of what is known of the path, and tells what it found', () => {
    const known = { rateBytesPerS: 10_000_000, rttMs: 100 }
    const input = { rttMs: 100, initialBytes: 38_400, atMs: 0, bounds, known }
    const inFlightBytes = 1.25 * (5_000_000 * 0.102)
    const begun = initialPace(input)
    expect(begun.inFlightBytesMax).to.be.closeTo(inFlightBytes, 1)
    expect(begun.rateBytesPerS).to.equal(4 * 5_000_000)
    expect(initialPace({ ...input, rttMs: 160 }).inFlightBytesMax).to.equal(38_400)
    const actor = createActor(alone, { input }).start()
    expect(foundOf(actor.getSnapshot().context)).to.equal(null)
    actor.send({ type: 'filled', rateBytesPerS: 2_000_000 })
    expect(foundOf(actor.getSnapshot().context)).to.deep.equal({
      rateBytesPerS: 2_000_000,
      rttMs: 100,
    })
  })

  it('searches anew for what a round carried without a queue, and not for a share of one', () => {
    const stateAfter = (rttMinMs: number) => {
      const input = { rttMs: 100, initialBytes: 38_400, atMs: 0, bounds, known: null }
      const actor = createActor(alone, { input }).start()
      const round = { ...ROUND, rateBytesPerS: 1_000_000 }
      actor.send({ type: 'filled', rateBytesPerS: 1_000_000 })
      actor.send({ type: 'drained' })
      for (const atMs of [3_000, 3_100]) {
        actor.send({ type: 'roundEnded', sample: { ...round, atMs } })
      }
      expect(actor.getSnapshot().value).to.deep.equal({ probeBandwidth: 'up' })
      const grown = { ...round, atMs: 3_200, rateBytesPerS: 1_200_000 }
      actor.send({ type: 'roundEnded', sample: grown })
      actor.send({ type: 'roundEnded', sample: { ...grown, rttMinMs } })
      return actor.getSnapshot().value
    }
    expect(stateAfter(127)).to.equal('startup')
    expect(stateAfter(127.01)).to.deep.equal({ probeBandwidth: 'down' })
  })

  it('makes room at an overflow, whosever queue it is', () => {
    const input = { rttMs: 100, initialBytes: 38_400, atMs: 0, bounds, known: null }
    const actor = createActor(alone, { input }).start()
    actor.send({ type: 'filled', rateBytesPerS: 1_000_000 })
    actor.send({ type: 'drained' })
    const behind = { ...ROUND, rttMinMs: 200, rttMs: 200 }
    for (let i = 1; i <= 10; i += 1) {
      actor.send({ type: 'roundEnded', sample: { ...behind, atMs: 100 * i } })
    }
    expect(isContested(actor.getSnapshot().context.model)).to.equal(true)
    actor.send({ type: 'overflowed' })
    expect(actor.getSnapshot().value).to.deep.equal({ probeBandwidth: 'yield' })
  })

  it('makes no room for those who held theirs three times in a row', () => {
    const input = { rttMs: 100, initialBytes: 38_400, atMs: 0, bounds, known: null }
    const actor = createActor(alone, { input }).start()
    const behind = { ...ROUND, rttMinMs: 200, rttMs: 200 }
    actor.send({ type: 'filled', rateBytesPerS: 1_000_000 })
    actor.send({ type: 'drained' })
    const overflow = (rttMinMs: number) => {
      actor.send({ type: 'roundEnded', sample: behind })
      actor.send({ type: 'overflowed' })
      const { value } = actor.getSnapshot()
      actor.send({ type: 'roundEnded', sample: behind })
      actor.send({ type: 'roundEnded', sample: { ...behind, rttMinMs } })
      return JSON.stringify(value).includes('yield')
    }
    expect([190, 150, 190, 190].map(overflow)).to.deep.equal([true, true, true, true])
    expect(overflow(190), 'the third').to.equal(true)
    expect(overflow(190)).to.equal(false)
    expect(actor.getSnapshot().value).to.deep.equal({ probeBandwidth: 'cruise' })
    for (let i = 0; i < 30; i += 1) actor.send({ type: 'roundEnded', sample: behind })
    actor.send({ type: 'overflowed' })
    expect(actor.getSnapshot().value, 'later').to.deep.equal({ probeBandwidth: 'probeRivals' })
  })
})
