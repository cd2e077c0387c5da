import { expect } from 'chai'
import { delay, rate } from 'ferrygram/simulation'
import { DRAIN_PATIENCE_MS, LIVELY_MS, QUIET_MS } from '../../machines/limits.ts'
import { dieAt } from '../support/die-at.ts'
import { cargo, PEER, voyage } from '../support/voyage.ts'

const link = [rate({ bytesPerS: 1_000_000, queueMs: 50 }), delay(20)]
const key = null

describe('exit', () => {
  it('waits for sessions under way, tells new ones, then ends the server', () =>
    voyage({ seed: 1, link }, async ({ sea, arrive, clock }) => {
      sea.clientFiles.set('crate.bin', cargo(3_000_000))
      const put = sea.put(PEER, 'crate.bin', { key })
      await clock.tickAsync(1_000)
      const exit = sea.exit(PEER, { key })
      const waiting: number[] = []
      exit.progress$.subscribe(({ sessions }) => waiting.push(sessions))
      await clock.tickAsync(500)
      expect(await arrive(sea.list(PEER, { key }).outcome, 1_000)).to.deep.equal({
        failed: { kind: 'serverDraining' },
      })
      expect(await arrive(put.outcome, 10_000)).to.have.property('ok')
      expect(await arrive(exit.outcome, 3_000)).to.deep.equal({ ok: { waitedFor: 1 } })
      expect(waiting[0]).to.equal(1)
      expect(sea.serverFiles.bytes('crate.bin')).to.deep.equal(cargo(3_000_000))
      await clock.tickAsync(3_000)
      expect(await arrive(sea.list(PEER, { key }).outcome, 2_000)).to.deep.equal({
        failed: { kind: 'nothingListens' },
      })
    }))

  for (const verb of ['put', 'get'] as const) {
    for (const exitMs of [2_500, 10_000]) {
      it(`does not wait for a ${verb} whose client was killed ${exitMs - 2_000} ms ago`, () =>
        voyage({ seed: 1, link, toServer: [dieAt(2_000)] }, async (each) => {
          const { sea, server, arrive, clock } = each
          const failures: unknown[] = []
          server.reports$.subscribe((report) => {
            if (report.type !== 'ended' || !('failed' in report.outcome)) return
            failures.push(report.outcome.failed)
          })
          const from = verb === 'put' ? sea.clientFiles : sea.serverFiles
          from.set('crate.bin', cargo(3_000_000))
          const dead = new AbortController()
          sea[verb](PEER, 'crate.bin', { key, signal: dead.signal })
          await clock.tickAsync(2_000)
          dead.abort()
          await clock.tickAsync(exitMs - 2_000)
          const exit = sea.exit(PEER, { key })
          const silentMs = QUIET_MS + DRAIN_PATIENCE_MS
          const exited = await arrive(exit.outcome, silentMs + LIVELY_MS + 1_000)
          expect(exited).to.deep.equal({ ok: { waitedFor: 1 } })
          expect(failures).to.deep.equal([{ kind: 'linkLost', silentMs }])
        }))
    }
  }

  it('is refused by a server that does not allow it, which goes on', () =>
    voyage({ seed: 1, link }, async ({ sea, arrive }) => {
      await sea.serve(6006, { root: '.', key, exitAllowed: false })
      const stubborn = { host: 'sea', port: 6006 }
      expect(await arrive(sea.exit(stubborn, { key }).outcome, 1_000)).to.deep.equal({
        failed: { kind: 'exitNotAllowed' },
      })
      expect(await arrive(sea.list(stubborn, { key }).outcome, 1_000)).to.have.property('ok')
    }))

  it('two at once both succeed', () =>
    voyage({ seed: 1, link }, async ({ sea, arrive }) => {
      const both = [sea.exit(PEER, { key }), sea.exit(PEER, { key })]
      const outcomes = await arrive(Promise.all(both.map(({ outcome }) => outcome)), 5_000)
      for (const outcome of outcomes) expect(outcome).to.have.property('ok')
    }))
})
