import { expect } from 'chai'
import { delay } from 'ferrygram/simulation'
import { cargo, PEER, type Voyage, voyage } from '../support/voyage.ts'

const SIZE = 50_000
const key = null
const link = [delay(20)]
const same = { path: 'crate.bin', sizeBytes: SIZE, alreadyThere: true }

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
