import { expect } from 'chai'
import { createActor } from 'xstate'
import { congestionMachine } from '../../machines/transfer/congestion.ts'

/** It tells its parent, and here it has none. */
const alone = congestionMachine.provide({ actions: { answerPace: () => {} } })
const bounds = { rateBytesPerSMax: Number.POSITIVE_INFINITY, socketBufferBytes: 212_992 }

describe('congestion control', () => {
  it('believes a train that filled the path where a round trip takes 5 ms, and not below', () => {
    const stateAfter = (rttMs: number) => {
      const input = { rttMs, initialBytes: 38_400, atMs: 0, bounds }
      const actor = createActor(alone, { input }).start()
      actor.send({ type: 'filled', rateBytesPerS: 2_000_000 })
      return actor.getSnapshot().value
    }
    expect(stateAfter(5)).to.equal('drain')
    expect(stateAfter(4.9)).to.equal('startup')
  })
})
