import { expect } from 'chai'
import { cut, delay, type PlainRule } from 'ferrygram/simulation'
import { stub } from 'sinon'
import { PATIENCE_MS } from '../../machines/limits.ts'
import { cargo, PEER, type Voyage, voyage } from '../support/voyage.ts'

const SIZE = 50_000
const key = null
const link = [delay(20)]
const same = { path: 'crate.bin', sizeBytes: SIZE, alreadyThere: true }

/** Lets nothing sealed pass. */
const onlyHellos: PlainRule = (packet) => (packet.bytes[0] === 1 ? packet : null)

/** A client's file and a server's of that name, with their times. */
function lay({ sea }: Voyage, client: Buffer, server: Buffer, serverUs = 2) {
  sea.clientFiles.set('crate.bin', client, 1)
  sea.serverFiles.set('crate.bin', server, serverUs)
}

describe('comparing', () => {
  it('the same contents under another time are there already, and nothing is sent', () =>
    voyage({ seed: 1, link }, async (each) => {
      lay(each, cargo(SIZE), cargo(SIZE))
      const { sea, arrive, sliceBytes } = each
      expect(await arrive(sea.put(PEER, 'crate.bin', { key }).outcome, 500)).to.deep.equal({
        ok: same,
      })
      expect(sliceBytes()).to.equal(0)
      const get = sea.get(PEER, 'crate.bin', { key, as: 'crate.bin' })
      expect(await arrive(get.outcome, 500)).to.deep.equal({ ok: same })
      // A get is offered the file before its own folder was looked at: no more than 3 × a hello.
      expect(sliceBytes()).to.be.below(3 * 1_200 + 40_000)
    }))

  it('other contents of the same size are in the way', () =>
    voyage({ seed: 1, link }, async (each) => {
      lay(each, cargo(SIZE), cargo(SIZE, 2))
      const { sea, arrive } = each
      const exists = { failed: { kind: 'exists', path: 'crate.bin' } }
      expect(await arrive(sea.put(PEER, 'crate.bin', { key }).outcome, 500)).to.deep.equal(exists)
      const get = sea.get(PEER, 'crate.bin', { key, as: 'crate.bin' })
      expect(await arrive(get.outcome, 500)).to.deep.equal(exists)
      expect(sea.serverFiles.bytes('crate.bin')).to.deep.equal(cargo(SIZE, 2))
      expect(sea.clientFiles.bytes('crate.bin')).to.deep.equal(cargo(SIZE))
    }))

  it('the same size and time hide other contents, but not from --checksum', () =>
    voyage({ seed: 1, link }, async (each) => {
      lay(each, cargo(SIZE), cargo(SIZE, 2), 1)
      const { sea, arrive } = each
      expect(await arrive(sea.put(PEER, 'crate.bin', { key }).outcome, 500)).to.deep.equal({
        ok: same,
      })
      const checked = sea.put(PEER, 'crate.bin', { key, checksum: true })
      expect(await arrive(checked.outcome, 500)).to.deep.equal({
        failed: { kind: 'exists', path: 'crate.bin' },
      })
    }))

  describe('a file that takes a minute and a half to hash', () => {
    const HASH_MS = 90_000

    /** Lets the server take its time over every digest, and says what became of each. */
    function hashSlowly({ sea }: Voyage) {
      const counts = { begun: 0, finished: 0, aborted: 0 }
      const digest = sea.serverFiles.digest.bind(sea.serverFiles)
      stub(sea.serverFiles, 'digest').callsFake(async (path, signal) => {
        counts.begun += 1
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, HASH_MS)
          signal?.addEventListener('abort', () => {
            clearTimeout(timer)
            counts.aborted += 1
            resolve()
          })
        })
        if (signal?.aborted !== true) counts.finished += 1
        return digest(path, signal)
      })
      return counts
    }

    for (const verb of ['put', 'get'] as const) {
      const options = { key, as: 'crate.bin' }

      it(`is waited for by a ${verb}, whatever comes of it`, () =>
        voyage({ seed: 1, link }, async (each) => {
          const { sea, arrive, sliceBytes } = each
          const counts = hashSlowly(each)
          lay(each, cargo(SIZE), cargo(SIZE))
          expect(
            await arrive(sea[verb](PEER, 'crate.bin', options).outcome, HASH_MS + 500),
          ).to.deep.equal({ ok: same })
          lay(each, cargo(SIZE), cargo(SIZE, 2))
          expect(
            await arrive(sea[verb](PEER, 'crate.bin', options).outcome, HASH_MS + 500),
          ).to.deep.equal({ failed: { kind: 'exists', path: 'crate.bin' } })
          expect(counts).to.deep.equal({ begun: 2, finished: 2, aborted: 0 })
          if (verb === 'put') expect(sliceBytes()).to.equal(0)
        }))

      it(`is hashed anew when the link was cut too long for the ${verb} that waits`, () =>
        voyage({ seed: 1, link: [...link, cut(10_000, 20_000)] }, async (each) => {
          const { sea, arrive } = each
          const counts = hashSlowly(each)
          lay(each, cargo(SIZE), cargo(SIZE))
          expect(
            await arrive(sea[verb](PEER, 'crate.bin', options).outcome, 21_000 + HASH_MS),
          ).to.deep.equal({ ok: same })
          expect(counts).to.deep.equal({ begun: 2, finished: 1, aborted: 1 })
        }))
    }

    it('is not hashed for a client that did not prove its address', () =>
      voyage({ seed: 1, link, toServer: [onlyHellos] }, async (each) => {
        const { sea, clock } = each
        const counts = hashSlowly(each)
        lay(each, cargo(SIZE), cargo(SIZE))
        const abort = new AbortController()
        const put = sea.put(PEER, 'crate.bin', { key, signal: abort.signal })
        await clock.tickAsync(20_000)
        abort.abort()
        await put.closed
        expect(counts.begun).to.equal(0)
      }))

    it('is no longer hashed a minute after its client fell silent', () =>
      voyage({ seed: 1, link, toServer: [cut(500, 1_000_000)] }, async (each) => {
        const { sea, clock } = each
        const counts = hashSlowly(each)
        lay(each, cargo(SIZE), cargo(SIZE))
        sea.put(PEER, 'crate.bin', { key, patienceMs: 1_000 })
        await clock.tickAsync(PATIENCE_MS)
        expect(counts).to.deep.equal({ begun: 1, finished: 0, aborted: 0 })
        await clock.tickAsync(1_000)
        expect(counts).to.deep.equal({ begun: 1, finished: 0, aborted: 1 })
      }))
  })

  it('skipping passes over what is there, whatever is in it', () =>
    voyage({ seed: 1, link }, async (each) => {
      lay(each, cargo(SIZE), cargo(SIZE + 1, 2))
      const { sea, arrive } = each
      const put = sea.put(PEER, 'crate.bin', { key, skip: true })
      expect(await arrive(put.outcome, 500)).to.deep.equal({ ok: same })
      const get = sea.get(PEER, 'crate.bin', { key, skip: true, as: 'crate.bin' })
      expect(await arrive(get.outcome, 500)).to.have.nested.property('ok.alreadyThere', true)
      expect(sea.serverFiles.bytes('crate.bin')).to.deep.equal(cargo(SIZE + 1, 2))
      expect(sea.clientFiles.bytes('crate.bin')).to.deep.equal(cargo(SIZE))
    }))
})
