import { expect } from 'chai'
import { corrupt, cut, delay, drop, duplicate, reorder } from 'ferrygram/simulation'
import { RECORD_BYTES } from '../../machines/limits.ts'
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
import { cargo, PEER, voyage } from '../support/voyage.ts'

const key = null
const stored = (name: string, sizeBytes: number) => ({
  ok: { path: `received_${name}`, sizeBytes, alreadyThere: false },
})
const there = (name: string, sizeBytes: number) => ({
  ok: { path: `received_${name}`, sizeBytes, alreadyThere: true },
})

describe('several files got in one session', () => {
  for (const loss of [0, 0.05]) {
    it(`1 000 small ones take as long as a large one, at ${loss * 100} % loss`, async () => {
      let oneMs = 0
      await voyage({ seed: 1, link: path(loss) }, async (each) => {
        each.sea.serverFiles.set('one.bin', cargo(FILES * FILE_BYTES))
        oneMs = await durationMs(each.sea.get(PEER, 'one.bin', { key }).outcome, each, 5_000)
      })
      await voyage({ seed: 1, link: path(loss) }, async (each) => {
        const { sea, server } = each
        const verbs: string[] = []
        server.reports$.subscribe((report) => {
          if (report.type === 'opened') verbs.push(report.verb)
        })
        const names = crateNames(FILES)
        for (const [i, name] of names.entries()) sea.serverFiles.set(name, cargo(FILE_BYTES, i % 7))
        const manyMs = await durationMs(sea.getAll(PEER, names, { key }).outcome, each, 5_000)
        expect(manyMs / oneMs, `${manyMs} ms over ${oneMs} ms`).to.be.at.most(1.25)
        expect(verbs).to.deep.equal(['getAll'])
        for (const [i, name] of names.entries()) {
          const bytes = sea.clientFiles.bytes(`received_${name}`)
          expect(bytes!.equals(cargo(FILE_BYTES, i % 7)), name).to.equal(true)
        }
      })
    }).timeout(30_000)
  }

  it('of all sizes, with empty ones first, last and in between', () =>
    voyage({ seed: 2, link: path(0.02) }, async ({ sea, arrive, sliceBytes }) => {
      const sizes = [0, 1, 200_000, 0, 0, RECORD_BYTES, RECORD_BYTES + 1, 3_000_000, 7, 0]
      const names = crateNames(sizes.length)
      for (const [i, name] of names.entries()) {
        sea.serverFiles.set(name, cargo(sizes[i]!, i), 1_000 + i)
      }
      const { files } = succeeded(await arrive(sea.getAll(PEER, names, { key }).outcome, 5_000))
      expect(files).to.deep.equal(
        names.map((name, i) => ({ path: name, outcome: stored(name, sizes[i]!) })),
      )
      for (const [i, name] of names.entries()) {
        const bytes = sea.clientFiles.bytes(`received_${name}`)
        expect(bytes!.equals(cargo(sizes[i]!, i)), name).to.equal(true)
      }
      expect((await sea.clientFiles.list()).map(({ mtimeUs }) => mtimeUs)).to.deep.equal(
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
        for (const [i, name] of names.entries()) {
          if (i !== 9) sea.serverFiles.set(name, cargo(sizeOf(i), i), i)
        }
        sea.clientFiles.set('received_crate-7.bin', cargo(3))
        const { files } = succeeded(await arrive(sea.getAll(PEER, names, { key }).outcome, 20_000))
        for (const [i, { path: name, outcome }] of files.entries()) {
          if (i === 7) {
            const exists = failed({ kind: 'exists', path: 'received_crate-7.bin' })
            expect(outcome).to.deep.equal(exists)
          } else if (i === 9) {
            expect(outcome).to.deep.equal(failed({ kind: 'noSuchFile', path: name }))
          } else {
            expect(outcome, name).to.deep.equal(stored(name, sizeOf(i)))
            const bytes = sea.clientFiles.bytes(`received_${name}`)
            expect(bytes!.equals(cargo(sizeOf(i), i)), name).to.equal(true)
          }
        }
        expect(sea.clientFiles.bytes('received_crate-7.bin')).to.deep.equal(cargo(3))
      })).timeout(20_000)
  }

  it('each fails alone', () =>
    voyage({ seed: 3, link: path(0.02) }, async ({ sea, arrive }) => {
      const names = ['a.bin', 'b.bin', 'other.bin', 'same.bin', 'c.bin']
      for (const [i, name] of names.entries()) sea.serverFiles.set(name, cargo(300_000, i), i)
      sea.clientFiles.set('received_other.bin', cargo(5))
      sea.clientFiles.set('received_same.bin', cargo(300_000, 3), 3)
      const named = [
        'missing.bin',
        'a.bin',
        'd/a.bin',
        '../b.bin',
        '.ferrygram-x',
        ...names.slice(1),
      ]
      const getting = sea.getAll(PEER, named, { key })
      const { files } = succeeded(await arrive(getting.outcome, 5_000))
      const outcomes = Object.fromEntries(files.map(({ path, outcome }) => [path, outcome]))
      expect(outcomes).to.deep.equal({
        'missing.bin': failed({ kind: 'noSuchFile', path: 'missing.bin' }),
        'a.bin': stored('a.bin', 300_000),
        'd/a.bin': failed({
          kind: 'badName',
          path: 'received_a.bin',
          why: 'another file of the batch has it too',
        }),
        '../b.bin': failed({ kind: 'badName', path: '../b.bin', why: '.. is not a name' }),
        '.ferrygram-x': failed({
          kind: 'badName',
          path: '.ferrygram-x',
          why: "names beginning .ferrygram- are ferrygram's own",
        }),
        'b.bin': stored('b.bin', 300_000),
        'other.bin': failed({ kind: 'exists', path: 'received_other.bin' }),
        'same.bin': there('same.bin', 300_000),
        'c.bin': stored('c.bin', 300_000),
      })
      expect(sea.clientFiles.bytes('received_other.bin')).to.deep.equal(cargo(5))
    }))

  it('replaces, skips, and stores into a folder under its own name', () =>
    voyage({ seed: 3, link: path(0) }, async ({ sea, arrive }) => {
      const names = crateNames(2)
      for (const [i, name] of names.entries()) sea.serverFiles.set(name, cargo(1_000, i), i)
      sea.clientFiles.set('crate-0.bin', cargo(5))
      const get = async (options: { readonly replace?: boolean; readonly skip?: boolean }) => {
        const getting = sea.getAll(PEER, names, { key, into: 'hold', ...options })
        return succeeded(await arrive(getting.outcome, 3_000)).files.map(({ outcome }) => outcome)
      }
      const in_ = (name: string, sizeBytes: number, alreadyThere: boolean) => ({
        ok: { path: `hold/${name}`, sizeBytes, alreadyThere },
      })
      expect(await get({ skip: true })).to.deep.equal([
        in_('crate-0.bin', 1_000, true),
        in_('crate-1.bin', 1_000, false),
      ])
      expect(sea.clientFiles.bytes('crate-0.bin')).to.deep.equal(cargo(5))
      expect(await get({ replace: true })).to.deep.equal([
        in_('crate-0.bin', 1_000, false),
        in_('crate-1.bin', 1_000, true),
      ])
      expect(sea.clientFiles.bytes('crate-0.bin')).to.deep.equal(cargo(1_000, 0))
    }))

  it('a source that changes or vanishes under way fails alone, and at once', () =>
    voyage({ seed: 4, link: path(0.05) }, async ({ sea, arrive, clock }) => {
      const names = crateNames(30)
      for (const [i, name] of names.entries()) sea.serverFiles.set(name, cargo(400_000, i), i)
      const getting = sea.getAll(PEER, names, { key })
      await clock.tickAsync(350)
      for (const name of ['crate-20.bin', 'crate-29.bin']) sea.serverFiles.set(name, cargo(8), 99)
      const { files } = succeeded(await arrive(getting.outcome, 3_000))
      const bad = files.filter(({ outcome }) => 'failed' in outcome)
      expect(bad).to.deep.equal(
        ['crate-20.bin', 'crate-29.bin'].map((name) => ({
          path: name,
          outcome: failed({ kind: 'sourceChanged', path: name }),
        })),
      )
      expect(sea.clientFiles.paths()).to.have.length(28)
      expect(sea.clientFiles.resumable()).to.deep.equal([])
    }))

  it('compares by contents those that only contents can tell apart', () =>
    voyage({ seed: 5, link: path(0) }, async ({ sea, arrive }) => {
      const names = crateNames(3)
      for (const [i, name] of names.entries()) sea.serverFiles.set(name, cargo(1_000, i), 1)
      sea.clientFiles.set('received_crate-0.bin', cargo(1_000, 0), 2)
      sea.clientFiles.set('received_crate-1.bin', cargo(1_000, 9), 2)
      const { files } = succeeded(await arrive(sea.getAll(PEER, names, { key }).outcome, 3_000))
      expect(files.map(({ outcome }) => outcome)).to.deep.equal([
        there('crate-0.bin', 1_000),
        failed({ kind: 'exists', path: 'received_crate-1.bin' }),
        stored('crate-2.bin', 1_000),
      ])
    }))

  for (const [what, cuts] of [
    ['while they come', [cut(500, 6_000)]],
    ['while they are named', [cut(60, 5_000)]],
    ['again and again', [cut(300, 5_000), cut(5_600, 10_000)]],
  ] as const) {
    it(`goes on after the link was lost ${what}, without what had come`, () =>
      voyage({ seed: 7, link: [...path(0.01), ...cuts] }, async (each) => {
        const { sea, arrive, sliceBytes } = each
        const names = crateNames(120)
        const sizeOf = (i: number) => (i === 60 ? 3_000_000 : 60_000)
        for (const [i, name] of names.entries()) sea.serverFiles.set(name, cargo(sizeOf(i), i), i)
        const { files } = succeeded(await arrive(sea.getAll(PEER, names, { key }).outcome, 16_000))
        for (const [i, { path: name, outcome }] of files.entries()) {
          expect(outcome).to.deep.equal(stored(name, sizeOf(i)))
          const bytes = sea.clientFiles.bytes(`received_${name}`)
          expect(bytes!.equals(cargo(sizeOf(i), i)), name).to.equal(true)
        }
        const totalBytes = 119 * 60_000 + 3_000_000
        expect(sliceBytes(), 'bytes sent').to.be.at.most(1.05 * totalBytes + 3 * BYTES_PER_S * 0.1)
      })).timeout(20_000)
  }

  it('fails by name when nobody comes back, and keeps what it has', () =>
    voyage({ seed: 8, link: [...path(0), cut(500, 60_000)] }, async ({ sea, arrive, clock }) => {
      const names = crateNames(200)
      for (const [i, name] of names.entries()) sea.serverFiles.set(name, cargo(60_000, i), i)
      const lost = await arrive(sea.getAll(PEER, names, { key, patienceMs: 5_000 }).outcome, 12_000)
      expect(lost).to.have.nested.property('failed.kind', 'linkLost')
      expect(sea.clientFiles.paths().length).to.be.within(1, 199)
      await clock.tickAsync(60_000)
      const { files } = succeeded(await arrive(sea.getAll(PEER, names, { key }).outcome, 5_000))
      expect(files.every(({ outcome }) => 'ok' in outcome)).to.equal(true)
      expect(sea.clientFiles.paths()).to.have.length(200)
    }))

  it('is cancelled: what is whole stays, and the rest leaves no trace but to go on from', () =>
    voyage({ seed: 9, link: path(0) }, async ({ sea, arrive, clock }) => {
      const names = crateNames(200)
      for (const [i, name] of names.entries()) sea.serverFiles.set(name, cargo(60_000, i), i)
      const controller = new AbortController()
      const getting = sea.getAll(PEER, names, { key, signal: controller.signal })
      await clock.tickAsync(500)
      controller.abort()
      expect(await arrive(getting.outcome, 100)).to.deep.equal(failed({ kind: 'cancelled' }))
      await getting.closed
      const stayed = sea.clientFiles.paths()
      expect(stayed.length).to.be.within(1, 199)
      for (const name of stayed) expect(sea.clientFiles.bytes(name)).to.have.length(60_000)
      expect(sea.clientFiles.resumable()).to.deep.equal([])
    }))

  it('a disk that fails here fails each, and none is half here', () =>
    voyage({ seed: 10, link: path(0) }, async ({ sea, arrive, clock }) => {
      const names = crateNames(100)
      for (const [i, name] of names.entries()) sea.serverFiles.set(name, cargo(60_000, i), i)
      const getting = sea.getAll(PEER, names, { key })
      await clock.tickAsync(400)
      sea.clientFiles.failWrites({ kind: 'noSpace', path: 'x' })
      const { files } = succeeded(await arrive(getting.outcome, 3_000))
      const failures = files.filter(({ outcome }) => 'failed' in outcome)
      for (const { path: name, outcome } of failures) {
        expect(outcome).to.deep.equal(failed({ kind: 'noSpace', path: `received_${name}` }))
      }
      expect(failures.length).to.be.within(1, 99)
      expect(sea.clientFiles.paths()).to.have.length(100 - failures.length)
    }))

  it('what nobody has is told of many, in one session', () =>
    voyage({ seed: 6, link: path(0.05) }, async ({ sea, arrive }) => {
      const names = crateNames(5_000)
      sea.serverFiles.set('crate-4000.bin', cargo(100), 1)
      const { files } = succeeded(await arrive(sea.getAll(PEER, names, { key }).outcome, 3_000))
      for (const [i, { path: name, outcome }] of files.entries()) {
        const missing = failed({ kind: 'noSuchFile', path: name })
        expect(outcome).to.deep.equal(i === 4_000 ? stored(name, 100) : missing)
      }
    }))

  it('nothing that may be asked for is no session at all', () =>
    voyage({ seed: 11 }, async ({ sea, arrive }) => {
      const { files } = succeeded(await arrive(sea.getAll(PEER, ['../x'], { key }).outcome, 10))
      expect(files).to.have.nested.property('[0].outcome.failed.kind', 'badName')
      expect(
        succeeded(await arrive(sea.getAll(PEER, [], { key }).outcome, 10)).files,
      ).to.deep.equal([])
    }))
})
