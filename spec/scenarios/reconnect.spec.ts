import { expect } from 'chai'
import { cut, delay, type LinkStep, rate } from 'ferrygram/simulation'
import { IDLE_MS_MIN, LIVELY_MS, QUIET_MS } from '../../machines/limits.ts'
import { cargo, PEER, sealedBytes, type Voyage, voyage } from '../support/voyage.ts'

const SIZE = 6_000_000
const RATE_BYTES_PER_S = 1_000_000
const key = null
const path = [rate({ bytesPerS: RATE_BYTES_PER_S, queueMs: 50 }), delay(20)]
/** What a cut catches under way, a round trip and a full queue, and as much again to find out. */
const IN_FLIGHT_BYTES = 2 * RATE_BYTES_PER_S * 0.09
/** Silence that makes a session idle. */
const SILENCE_MS = QUIET_MS + IDLE_MS_MIN
const HELLO = 1
const HOUR_MS = 3_600_000

const verbs = {
  put: async ({ sea, arrive }: Voyage, msMax: number) => {
    sea.clientFiles.set('crate.bin', cargo(SIZE))
    const put = sea.put(PEER, 'crate.bin', { key })
    expect(await arrive(put.outcome, msMax)).to.have.property('ok')
    expect(sea.serverFiles.bytes('crate.bin')).to.deep.equal(cargo(SIZE))
  },
  get: async ({ sea, arrive }: Voyage, msMax: number) => {
    sea.serverFiles.set('crate.bin', cargo(SIZE))
    const get = sea.get(PEER, 'crate.bin', { key })
    expect(await arrive(get.outcome, msMax)).to.have.property('ok')
    expect(sea.clientFiles.bytes('received_crate.bin')).to.deep.equal(cargo(SIZE))
  },
}

describe('reconnecting', () => {
  for (const [verb, session] of Object.entries(verbs)) {
    for (const cutMs of [2_000, 6_000, 30_000]) {
      it(`a ${verb} goes on after ${cutMs / 1000} s of silence`, () =>
        voyage({ seed: 1, link: [...path, cut(2_000, 2_000 + cutMs)] }, async (each) => {
          await session(each, 11_000 + cutMs)
          expect(each.sliceBytes(), 'bytes sent').to.be.at.most(
            1.05 * sealedBytes(SIZE) + IN_FLIGHT_BYTES,
          )
        })).timeout(30_000)
    }
  }

  for (const verb of ['put', 'get'] as const) {
    for (const cutMs of [2_000, 2_400, 2_900, 3_500]) {
      it(`a ${verb} that heard its last at ${cutMs} ms says hello again 4.5 s later`, async () => {
        let heardAtMs = 0
        let helloAtMs = 0
        const trace = ({ type, direction, packet: { atMs, bytes } }: LinkStep) => {
          if (type === 'delivered' && direction === 'toClient') heardAtMs = atMs
          if (type === 'sent' && bytes[0] === HELLO && atMs > cutMs) helloAtMs ||= atMs
        }
        const toClient = [cut(cutMs, HOUR_MS)]
        await voyage({ seed: 1, link: path, toClient, trace }, async ({ sea, clock }) => {
          const from = verb === 'put' ? sea.clientFiles : sea.serverFiles
          from.set('crate.bin', cargo(SIZE))
          sea[verb](PEER, 'crate.bin', { key, patienceMs: 1_000 })
          await clock.tickAsync(9_000)
        })
        expect(helloAtMs - heardAtMs).to.be.within(SILENCE_MS, SILENCE_MS + LIVELY_MS + 2)
      })
    }
  }

  it('ends the session it takes over from as superseded', () =>
    voyage({ seed: 1, link: [...path, cut(2_000, 8_000)] }, async (each) => {
      const ended: string[] = []
      each.server.reports$.subscribe((report) => {
        if (report.type !== 'ended') return
        const { session, outcome } = report
        ended.push(`${session} ${'failed' in outcome ? outcome.failed.kind : 'ok'}`)
      })
      await verbs.put(each, 17_000)
      expect(ended).to.deep.equal(['1 superseded', '2 ok'])
    }))

  it('fails by name when nobody comes back within its patience, and goes on the next time', () =>
    voyage({ seed: 1, link: [...path, cut(2_000, 60_000)] }, async (each) => {
      const { sea, arrive, clock, sliceBytes } = each
      sea.clientFiles.set('crate.bin', cargo(SIZE))
      const put = sea.put(PEER, 'crate.bin', { key, patienceMs: 10_000 })
      expect(await arrive(put.outcome, 17_000)).to.have.nested.property('failed.kind', 'linkLost')
      expect(sea.serverFiles.paths()).to.deep.equal([])
      await clock.tickAsync(60_000)
      await verbs.put(each, 9_000)
      expect(sliceBytes(), 'bytes sent').to.be.at.most(1.05 * sealedBytes(SIZE) + IN_FLIGHT_BYTES)
    })).timeout(30_000)

  it('a get fails by name when the file is another one by then', () =>
    voyage({ seed: 1, link: [...path, cut(2_000, 10_000)] }, async ({ sea, arrive, clock }) => {
      sea.serverFiles.set('crate.bin', cargo(SIZE))
      const get = sea.get(PEER, 'crate.bin', { key })
      await clock.tickAsync(5_000)
      sea.serverFiles.set('crate.bin', cargo(SIZE, 2), 77)
      expect(await arrive(get.outcome, 20_000)).to.deep.equal({
        failed: { kind: 'sourceChanged', path: 'crate.bin' },
      })
      expect(sea.clientFiles.paths()).to.deep.equal([])
    }))

  it('two puts of one target: one wins whole, the other is told', () =>
    voyage({ seed: 1, link: path }, async ({ sea, arrive, clock }) => {
      sea.clientFiles.set('one.bin', cargo(SIZE, 1), 1)
      sea.clientFiles.set('two.bin', cargo(SIZE, 2), 2)
      const one = sea.put(PEER, 'one.bin', { key, as: 'crate.bin' })
      await clock.tickAsync(500)
      const two = sea.put(PEER, 'two.bin', { key, as: 'crate.bin' })
      expect(await arrive(two.outcome, 2_000)).to.deep.equal({
        failed: { kind: 'busy', path: 'crate.bin' },
      })
      expect(await arrive(one.outcome, 10_000)).to.have.property('ok')
      expect(sea.serverFiles.bytes('crate.bin')).to.deep.equal(cargo(SIZE, 1))
    }))

  it('a server that never returns', () =>
    voyage({ seed: 1, link: [...path, cut(2_000, HOUR_MS)] }, async ({ sea, arrive }) => {
      sea.serverFiles.set('crate.bin', cargo(SIZE))
      const get = sea.get(PEER, 'crate.bin', { key })
      expect(await arrive(get.outcome, 67_000)).to.have.nested.property('failed.kind', 'linkLost')
      expect(sea.clientFiles.paths()).to.deep.equal([])
    })).timeout(30_000)
})
