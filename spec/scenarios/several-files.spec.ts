import { expect } from 'chai'
import { corrupt, cut, delay, drop, duplicate, reorder } from 'ferrygram/simulation'
import { LIVELY_MS, QUIET_MS, RECORD_BYTES } from '../../machines/limits.ts'
import {
  BYTES_PER_S,
  crateNames,
  durationMs,
  FILE_BYTES,
  FILES,
  failed,
  path,
  succeeded,
} from '../support/crates.ts'
import { dieAt } from '../support/die-at.ts'
import { cargo, PEER, voyage } from '../support/voyage.ts'

const key = null
const stored = (path: string, sizeBytes: number) => ({
  ok: { path, sizeBytes, alreadyThere: false },
})

describe('several files in one session', () => {
  for (const loss of [0, 0.05]) {
    it(`1 000 small ones take as long as a large one, at ${loss * 100} % loss`, async () => {
      let oneMs = 0
      await voyage({ seed: 1, link: path(loss) }, async (each) => {
        each.sea.clientFiles.set('one.bin', cargo(FILES * FILE_BYTES))
        oneMs = await durationMs(each.sea.put(PEER, 'one.bin', { key }).outcome, each, 5_000)
      })
      await voyage({ seed: 1, link: path(loss) }, async (each) => {
        const { sea } = each
        const names = crateNames(FILES)
        for (const [i, name] of names.entries()) sea.clientFiles.set(name, cargo(FILE_BYTES, i % 7))
        const manyMs = await durationMs(sea.putAll(PEER, names, { key }).outcome, each, 5_000)
        expect(manyMs / oneMs, `${manyMs} ms over ${oneMs} ms`).to.be.at.most(1.25)
        expect(sea.serverFiles.paths()).to.have.length(FILES)
        for (const [i, name] of names.entries()) {
          expect(sea.serverFiles.bytes(name)!.equals(cargo(FILE_BYTES, i % 7)), name).to.equal(true)
        }
      })
    }).timeout(30_000)
  }

  it('of all sizes, with empty ones first, last and in between', () =>
    voyage({ seed: 2, link: path(0.02) }, async ({ sea, arrive, sliceBytes }) => {
      const sizes = [0, 1, 200_000, 0, 0, RECORD_BYTES, RECORD_BYTES + 1, 3_000_000, 7, 0]
      const names = crateNames(sizes.length)
      for (const [i, name] of names.entries()) {
        sea.clientFiles.set(name, cargo(sizes[i]!, i), 1_000 + i)
      }
      const ok = succeeded(await arrive(sea.putAll(PEER, names, { key }).outcome, 5_000))
      expect(ok.files).to.deep.equal(
        names.map((name, i) => ({ path: name, outcome: stored(name, sizes[i]!) })),
      )
      for (const [i, name] of names.entries()) {
        expect(sea.serverFiles.bytes(name)!.equals(cargo(sizes[i]!, i)), name).to.equal(true)
      }
      expect((await sea.serverFiles.list()).map(({ mtimeUs }) => mtimeUs)).to.deep.equal(
        names.map((_, i) => 1_000 + i),
      )
      expect(sliceBytes()).to.be.at.most(1.1 * sizes.reduce((sum, size) => sum + size))
    }))

  for (const seed of [1, 2, 3, 4, 5]) {
    const rules = [drop(0.2), duplicate(0.1), reorder(0.2, 15), corrupt(0.002), delay(20)]
    it(`on a link where everything goes wrong, seed ${seed}`, () =>
      voyage({ seed, link: rules }, async ({ sea, arrive }) => {
        const names = crateNames(30)
        const sizeOf = (i: number) => (i % 5 === 0 ? 0 : i * i * 150)
        for (const [i, name] of names.entries()) sea.clientFiles.set(name, cargo(sizeOf(i), i), i)
        for (const name of ['crate-7.bin', 'crate-20.bin']) sea.serverFiles.set(name, cargo(3))
        const ok = succeeded(await arrive(sea.putAll(PEER, names, { key }).outcome, 20_000))
        for (const [i, { path: name, outcome }] of ok.files.entries()) {
          const isTaken = i === 7 || i === 20
          const expected = isTaken
            ? failed({ kind: 'exists', path: name })
            : stored(name, sizeOf(i))
          expect(outcome, name).to.deep.equal(expected)
          const bytes = cargo(isTaken ? 3 : sizeOf(i), isTaken ? 1 : i)
          expect(sea.serverFiles.bytes(name)!.equals(bytes), name).to.equal(true)
        }
      })).timeout(20_000)
  }

  it('each fails alone', () =>
    voyage({ seed: 3, link: path(0.02) }, async ({ sea, arrive }) => {
      const names = ['a.bin', '.ferrygram-x', 'b.bin', 'other.bin', 'same.bin', 'gone.bin', 'c.bin']
      for (const [i, name] of names.entries()) sea.clientFiles.set(name, cargo(300_000, i), i)
      sea.serverFiles.set('other.bin', cargo(5))
      sea.serverFiles.set('same.bin', cargo(300_000, 4), 4)
      const named = ['d/a.bin', ...names.slice(0, 5), 'missing.bin', ...names.slice(5)]
      const putting = sea.putAll(PEER, named, { key })
      const ok = succeeded(await arrive(putting.outcome, 5_000))
      const outcomes = Object.fromEntries(ok.files.map(({ path, outcome }) => [path, outcome]))
      expect(outcomes).to.deep.equal({
        'd/a.bin': stored('a.bin', 300_000),
        'a.bin': failed({
          kind: 'badName',
          path: 'a.bin',
          why: 'another file of the batch has it too',
        }),
        '.ferrygram-x': failed({
          kind: 'badName',
          path: '.ferrygram-x',
          why: "names beginning .ferrygram- are ferrygram's own",
        }),
        'b.bin': stored('b.bin', 300_000),
        'other.bin': failed({ kind: 'exists', path: 'other.bin' }),
        'same.bin': { ok: { path: 'same.bin', sizeBytes: 300_000, alreadyThere: true } },
        'missing.bin': failed({ kind: 'noSuchFile', path: 'missing.bin' }),
        'gone.bin': stored('gone.bin', 300_000),
        'c.bin': stored('c.bin', 300_000),
      })
      expect(sea.serverFiles.bytes('other.bin')).to.deep.equal(cargo(5))
    }))

  it('a source that changes or vanishes under way fails alone, and at once', () =>
    voyage({ seed: 4, link: path(0.05) }, async ({ sea, arrive, clock }) => {
      const names = crateNames(30)
      for (const [i, name] of names.entries()) sea.clientFiles.set(name, cargo(400_000, i), i)
      const putting = sea.putAll(PEER, names, { key })
      await clock.tickAsync(300)
      for (const name of ['crate-20.bin', 'crate-29.bin']) sea.clientFiles.set(name, cargo(8), 99)
      const ok = succeeded(await arrive(putting.outcome, 3_000))
      const bad = ok.files.filter(({ outcome }) => 'failed' in outcome)
      expect(bad).to.deep.equal(
        ['crate-20.bin', 'crate-29.bin'].map((name) => ({
          path: name,
          outcome: failed({ kind: 'sourceChanged', path: name }),
        })),
      )
      expect(sea.serverFiles.paths()).to.have.length(28)
      expect(sea.serverFiles.resumable()).to.deep.equal([])
    }))

  it('compares by contents those that only contents can tell apart', () =>
    voyage({ seed: 5, link: path(0) }, async ({ sea, arrive }) => {
      const names = crateNames(3)
      for (const [i, name] of names.entries()) sea.clientFiles.set(name, cargo(1_000, i), 1)
      sea.serverFiles.set('crate-0.bin', cargo(1_000, 0), 2)
      sea.serverFiles.set('crate-1.bin', cargo(1_000, 9), 2)
      const ok = succeeded(await arrive(sea.putAll(PEER, names, { key }).outcome, 3_000))
      expect(ok.files.map(({ outcome }) => outcome)).to.deep.equal([
        { ok: { path: 'crate-0.bin', sizeBytes: 1_000, alreadyThere: true } },
        failed({ kind: 'exists', path: 'crate-1.bin' }),
        stored('crate-2.bin', 1_000),
      ])
    }))

  it('tells of many that were there, and of many that failed', () =>
    voyage({ seed: 6, link: path(0.05) }, async ({ sea, arrive }) => {
      const names = crateNames(500)
      for (const [i, name] of names.entries()) {
        sea.clientFiles.set(name, cargo(100, i), i)
        if (i % 3 === 0) sea.serverFiles.set(name, cargo(100, i), i)
        if (i % 3 === 1) sea.serverFiles.set(name, cargo(7), i)
      }
      const ok = succeeded(await arrive(sea.putAll(PEER, names, { key }).outcome, 5_000))
      for (const [i, { path: name, outcome }] of ok.files.entries()) {
        const alreadyThere = { ok: { path: name, sizeBytes: 100, alreadyThere: true } }
        const expected = [alreadyThere, failed({ kind: 'exists', path: name }), stored(name, 100)]
        expect(outcome, name).to.deep.equal(expected[i % 3])
      }
      const again = succeeded(
        await arrive(sea.putAll(PEER, names, { key, skip: true }).outcome, 5_000),
      )
      for (const { path: name, outcome } of again.files) {
        expect(outcome, name).to.deep.equal({
          ok: { path: name, sizeBytes: 100, alreadyThere: true },
        })
      }
    }))

  it('goes on after the link was lost for a while, without sending again what had come', () =>
    voyage({ seed: 7, link: [...path(0.01), cut(500, 6_000)] }, async (each) => {
      const { sea, arrive, sliceBytes } = each
      const names = crateNames(120)
      for (const [i, name] of names.entries())
        sea.clientFiles.set(name, cargo(i === 60 ? 3_000_000 : 60_000, i), i)
      const ok = succeeded(await arrive(sea.putAll(PEER, names, { key }).outcome, 12_000))
      for (const [i, { path: name, outcome }] of ok.files.entries()) {
        expect(outcome).to.deep.equal(stored(name, i === 60 ? 3_000_000 : 60_000))
        expect(
          sea.serverFiles.bytes(name)!.equals(cargo(i === 60 ? 3_000_000 : 60_000, i)),
          name,
        ).to.equal(true)
      }
      const totalBytes = 119 * 60_000 + 3_000_000
      expect(sliceBytes(), 'bytes sent').to.be.at.most(1.05 * totalBytes + 2 * BYTES_PER_S * 0.1)
    })).timeout(20_000)

  it('fails by name when nobody comes back, and keeps what it has', () =>
    voyage({ seed: 8, link: [...path(0), cut(500, 60_000)] }, async ({ sea, arrive, clock }) => {
      const names = crateNames(200)
      for (const [i, name] of names.entries()) sea.clientFiles.set(name, cargo(60_000, i), i)
      const lost = await arrive(sea.putAll(PEER, names, { key, patienceMs: 5_000 }).outcome, 12_000)
      expect(lost).to.have.nested.property('failed.kind', 'linkLost')
      expect(sea.serverFiles.paths().length).to.be.within(1, 199)
      await clock.tickAsync(60_000)
      const ok = succeeded(await arrive(sea.putAll(PEER, names, { key }).outcome, 5_000))
      expect(ok.files.every(({ outcome }) => 'ok' in outcome)).to.equal(true)
      expect(sea.serverFiles.paths()).to.have.length(200)
    }))

  it('is cancelled: what is whole stays, and the rest leaves no trace but to go on from', () =>
    voyage({ seed: 9, link: path(0) }, async ({ sea, arrive, clock }) => {
      const names = crateNames(200)
      for (const [i, name] of names.entries()) sea.clientFiles.set(name, cargo(60_000, i), i)
      const controller = new AbortController()
      const putting = sea.putAll(PEER, names, { key, signal: controller.signal })
      await clock.tickAsync(500)
      controller.abort()
      expect(await arrive(putting.outcome, 100)).to.deep.equal(failed({ kind: 'cancelled' }))
      await clock.tickAsync(1_000)
      const stayed = sea.serverFiles.paths()
      expect(stayed.length).to.be.within(1, 199)
      for (const name of stayed) expect(sea.serverFiles.bytes(name)).to.have.length(60_000)
      expect(sea.serverFiles.resumable()).to.deep.equal([])
    }))

  it('goes on from what a killed client left, once it is missed', () =>
    voyage({ seed: 12, link: path(0), toServer: [dieAt(800)] }, async (each) => {
      const { sea, arrive, clock, sliceBytes } = each
      const names = crateNames(4)
      for (const [i, name] of names.entries()) sea.clientFiles.set(name, cargo(4_000_000, i), i)
      const dead = new AbortController()
      const killed = sea.putAll(PEER, names, { key, signal: dead.signal })
      await clock.tickAsync(800)
      dead.abort()
      expect(await arrive(killed.outcome, 10)).to.deep.equal(failed({ kind: 'cancelled' }))
      await clock.tickAsync(LIVELY_MS + QUIET_MS)
      const ok = succeeded(await arrive(sea.putAll(PEER, names, { key }).outcome, 5_000))
      for (const [i, { path: name, outcome }] of ok.files.entries()) {
        expect(outcome, name).to.have.nested.property('ok.sizeBytes', 4_000_000)
        expect(sea.serverFiles.bytes(name)!.equals(cargo(4_000_000, i)), name).to.equal(true)
      }
      expect(sliceBytes(), 'bytes sent').to.be.at.most(1.05 * 16_000_000 + 2 * BYTES_PER_S * 0.1)
    }))

  it('a disk that fails there fails each, and none is half there', () =>
    voyage({ seed: 10, link: path(0) }, async ({ sea, arrive, clock }) => {
      const names = crateNames(100)
      for (const [i, name] of names.entries()) sea.clientFiles.set(name, cargo(60_000, i), i)
      const putting = sea.putAll(PEER, names, { key })
      await clock.tickAsync(400)
      sea.serverFiles.failWrites({ kind: 'noSpace', path: 'x' })
      const ok = succeeded(await arrive(putting.outcome, 3_000))
      const kinds = ok.files.map(({ outcome }) =>
        'failed' in outcome ? outcome.failed.kind : 'ok',
      )
      const failures = kinds.filter((kind) => kind === 'noSpace').length
      expect(failures).to.be.within(1, 99)
      expect(sea.serverFiles.paths()).to.have.length(100 - failures)
    }))

  it('nothing that can be read is no session at all', () =>
    voyage({ seed: 11 }, async ({ sea, arrive }) => {
      const ok = succeeded(await arrive(sea.putAll(PEER, ['x', 'y'], { key }).outcome, 10))
      expect(ok.files.map(({ outcome }) => outcome)).to.deep.equal([
        failed({ kind: 'noSuchFile', path: 'x' }),
        failed({ kind: 'noSuchFile', path: 'y' }),
      ])
    }))
})
