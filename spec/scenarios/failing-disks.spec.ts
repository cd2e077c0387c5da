import { expect } from 'chai'
import { delay, rate } from 'ferrygram/simulation'
import { cargo, PEER, voyage } from '../support/voyage.ts'

const SIZE = 3_000_000
const key = null
const link = [rate({ bytesPerS: 1_000_000, queueMs: 50 }), delay(20)]
const noSpace = { kind: 'noSpace', path: 'crate.bin' } as const
const denied = { kind: 'permissionDenied', path: 'crate.bin' } as const

describe('disks that fail under way', () => {
  for (const failure of [noSpace, denied]) {
    it(`a put to a disk that says ${failure.kind} fails so, and the next one succeeds`, () =>
      voyage({ seed: 1, link }, async ({ sea, arrive, clock }) => {
        sea.clientFiles.set('crate.bin', cargo(SIZE))
        const put = sea.put(PEER, 'crate.bin', { key })
        await clock.tickAsync(1_000)
        sea.serverFiles.failWrites(failure)
        expect(await arrive(put.outcome, 1_000)).to.deep.equal({ failed: failure })
        expect(sea.serverFiles.paths()).to.deep.equal([])
        sea.serverFiles.failWrites(null)
        await clock.tickAsync(3_000)
        const again = sea.put(PEER, 'crate.bin', { key })
        expect(await arrive(again.outcome, 6_000)).to.have.property('ok')
        expect(sea.serverFiles.bytes('crate.bin')).to.deep.equal(cargo(SIZE))
      }))

    it(`a get to a disk that says ${failure.kind} fails so, and the next one succeeds`, () =>
      voyage({ seed: 1, link }, async ({ sea, arrive, clock }) => {
        sea.serverFiles.set('crate.bin', cargo(SIZE))
        const get = sea.get(PEER, 'crate.bin', { key })
        await clock.tickAsync(1_000)
        sea.clientFiles.failWrites(failure)
        expect(await arrive(get.outcome, 1_000)).to.deep.equal({ failed: failure })
        expect(sea.clientFiles.paths()).to.deep.equal([])
        sea.clientFiles.failWrites(null)
        const again = sea.get(PEER, 'crate.bin', { key })
        expect(await arrive(again.outcome, 6_000)).to.have.property('ok')
        expect(sea.clientFiles.bytes('received_crate.bin')).to.deep.equal(cargo(SIZE))
      }))
  }

  it('a source that changes under way fails by name, on either side, and starts over', () =>
    voyage({ seed: 1, link }, async ({ sea, arrive, clock }) => {
      const changed = { failed: { kind: 'sourceChanged', path: 'crate.bin' } }
      sea.clientFiles.set('crate.bin', cargo(SIZE), 1)
      const put = sea.put(PEER, 'crate.bin', { key })
      await clock.tickAsync(1_000)
      sea.clientFiles.set('crate.bin', cargo(SIZE, 2), 2)
      expect(await arrive(put.outcome, 6_000)).to.deep.equal(changed)
      expect(sea.serverFiles.paths()).to.deep.equal([])
      await clock.tickAsync(3_000)
      const again = sea.put(PEER, 'crate.bin', { key })
      expect(await arrive(again.outcome, 6_000)).to.have.property('ok')
      expect(sea.serverFiles.bytes('crate.bin')).to.deep.equal(cargo(SIZE, 2))

      const get = sea.get(PEER, 'crate.bin', { key })
      await clock.tickAsync(1_000)
      sea.serverFiles.set('crate.bin', cargo(SIZE, 3), 3)
      expect(await arrive(get.outcome, 6_000)).to.deep.equal(changed)
      expect(sea.clientFiles.paths()).to.deep.equal(['crate.bin'])
    }))
})
