import { expect } from 'chai'
import { cut, delay, drop } from 'ferrygram/simulation'
import { ANSWER_MS_MAX, DOUBT_MS, HELLO_REPEAT_MS } from '../../machines/limits.ts'
import { cargo, PEER, voyage } from '../support/voyage.ts'

const RTT_MS = 40
const link = [delay(RTT_MS / 2)]
const HOUR_MS = 3_600_000

describe('refusals', () => {
  it('a wrong key is believed after a second, and nothing is stored', () =>
    voyage({ seed: 1, link }, async ({ sea, arrive }) => {
      sea.clientFiles.set('crate.bin', cargo(1000))
      const startMs = performance.now()
      const put = sea.put(PEER, 'crate.bin', { key: new Uint8Array(32).fill(7) })
      expect(await arrive(put.outcome, 2_000)).to.deep.equal({ failed: { kind: 'wrongKey' } })
      expect(performance.now() - startMs).to.be.at.least(DOUBT_MS)
      expect(sea.serverFiles.paths()).to.deep.equal([])
    }))

  it('where nothing listens it says so after a second', () =>
    voyage({ seed: 1, link }, async ({ sea, arrive }) => {
      const startMs = performance.now()
      const list = sea.list({ host: 'sea', port: 4711 }, { key: null })
      expect(await arrive(list.outcome, 2_000)).to.deep.equal({
        failed: { kind: 'nothingListens' },
      })
      expect(performance.now() - startMs).to.be.at.least(DOUBT_MS)
    }))

  it('a silent address is given up after the answer deadline', () =>
    voyage({ seed: 1, link: [drop(1)] }, async ({ sea, arrive }) => {
      const list = sea.list(PEER, { key: null })
      expect(await arrive(list.outcome, ANSWER_MS_MAX)).to.deep.equal({
        failed: { kind: 'noAnswer', waitedMs: ANSWER_MS_MAX },
      })
    }))

  it('a welcome that comes late, but before the deadline, is taken', () =>
    voyage({ seed: 1, link: [...link, cut(0, ANSWER_MS_MAX - 2 * HELLO_REPEAT_MS)] }, (each) =>
      each
        .arrive(each.sea.list(PEER, { key: null }).outcome, ANSWER_MS_MAX)
        .then((outcome) => expect(outcome).to.deep.equal({ ok: { entries: [] } }))
        .then(() => undefined),
    ))

  it('names what is missing, in the way, or there already', () =>
    voyage({ seed: 1, link }, async ({ sea, arrive }) => {
      const key = null
      sea.clientFiles.set('crate.bin', cargo(1000), 5_000_000)
      sea.serverFiles.set('other.bin', cargo(1000, 2))
      const outcomeOf = async (running: { outcome: Promise<unknown> }) =>
        arrive(running.outcome, 1_000)

      expect(await outcomeOf(sea.get(PEER, 'none.bin', { key }))).to.deep.equal({
        failed: { kind: 'noSuchFile', path: 'none.bin' },
      })
      expect(await outcomeOf(sea.put(PEER, 'none.bin', { key }))).to.deep.equal({
        failed: { kind: 'noSuchFile', path: 'none.bin' },
      })
      expect(await outcomeOf(sea.put(PEER, 'crate.bin', { key, as: 'other.bin' }))).to.deep.equal({
        failed: { kind: 'exists', path: 'other.bin' },
      })
      expect(sea.serverFiles.bytes('other.bin')).to.deep.equal(cargo(1000, 2))
      expect(
        await outcomeOf(sea.put(PEER, 'crate.bin', { key, as: '../x' })),
      ).to.have.nested.property('failed.kind', 'badName')
      expect(await outcomeOf(sea.put(PEER, 'crate.bin', { key }))).to.deep.equal({
        ok: { path: 'crate.bin', sizeBytes: 1000, alreadyThere: false },
      })
      expect(await outcomeOf(sea.put(PEER, 'crate.bin', { key }))).to.deep.equal({
        ok: { path: 'crate.bin', sizeBytes: 1000, alreadyThere: true },
      })
      expect(
        await outcomeOf(sea.put(PEER, 'crate.bin', { key, as: 'other.bin', replace: true })),
      ).to.deep.equal({ ok: { path: 'other.bin', sizeBytes: 1000, alreadyThere: false } })
      expect(sea.serverFiles.bytes('other.bin')).to.deep.equal(cargo(1000))
      expect(await outcomeOf(sea.get(PEER, 'crate.bin', { key, as: 'crate.bin' }))).to.deep.equal({
        ok: { path: 'crate.bin', sizeBytes: 1000, alreadyThere: true },
      })
    }))

  it('a server that falls silent under way is given up after the patience asked for', () =>
    voyage({ seed: 1, link: [...link, cut(200, HOUR_MS)] }, async ({ sea, arrive }) => {
      sea.serverFiles.set('crate.bin', cargo(50_000_000))
      const get = sea.get(PEER, 'crate.bin', { key: null, patienceMs: 5_000 })
      expect(await arrive(get.outcome, 20_000)).to.have.nested.property('failed.kind', 'linkLost')
      expect(sea.clientFiles.paths()).to.deep.equal([])
    }))

  it('a cancel ends both sides and leaves nothing behind', () =>
    voyage({ seed: 1, link }, async ({ sea, arrive, clock }) => {
      sea.clientFiles.set('crate.bin', cargo(5_000_000))
      const abort = new AbortController()
      const put = sea.put(PEER, 'crate.bin', { key: null, signal: abort.signal })
      await clock.tickAsync(200)
      abort.abort()
      expect(await arrive(put.outcome, 1_000)).to.deep.equal({ failed: { kind: 'cancelled' } })
      await clock.tickAsync(1_000)
      const again = sea.put(PEER, 'crate.bin', { key: null })
      expect(await arrive(again.outcome, 5_000)).to.have.property('ok')
    }))
})
