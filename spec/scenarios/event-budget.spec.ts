import { expect } from 'chai'
import { delay, rate } from 'ferrygram/simulation'
import type { InspectionEvent } from 'xstate'
import { RECORD_BYTES } from '../../machines/limits.ts'
import { listenerMachine } from '../../machines/server/listener.ts'
import { cargo, PEER, voyage } from '../support/voyage.ts'

const SIZE = 100_000_000
const RECORDS = Math.ceil(SIZE / RECORD_BYTES)

/** Counts the events that reach each session machine, not those of its children or the listener. */
function counter() {
  const counts = new Map<string, number>()
  const inspect = (inspection: InspectionEvent) => {
    const { actorRef } = inspection
    if (inspection.type !== '@xstate.event' || actorRef.sessionId !== inspection.rootId) return
    if ('logic' in actorRef && Object(actorRef.logic).id === listenerMachine.id) return
    counts.set(actorRef.sessionId, (counts.get(actorRef.sessionId) ?? 0) + 1)
  }
  return { counts, inspect }
}

describe('the event budget', () => {
  for (const mbitPerS of [100, 1000]) {
    it(`100 MB at ${mbitPerS} Mbit/s: at most 3 events a record or 1 500 a second`, async () => {
      const { counts, inspect } = counter()
      const link = [rate({ bytesPerS: mbitPerS * 125_000, queueMs: 20 }), delay(5)]
      await voyage({ seed: 1, link, inspect }, async ({ sea, arrive }) => {
        sea.clientFiles.set('crate.bin', cargo(SIZE))
        const startMs = performance.now()
        const put = await arrive(sea.put(PEER, 'crate.bin', { key: null }).outcome, 60_000)
        expect(put).to.have.property('ok')
        const seconds = (performance.now() - startMs) / 1000
        const budget = Math.max(3 * RECORDS, 1_500 * seconds)
        expect(counts.size).to.equal(2)
        for (const count of counts.values()) expect(count).to.be.within(RECORDS / 10, budget)
      })
    }).timeout(60_000)
  }
})
