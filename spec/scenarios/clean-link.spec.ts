import { expect } from 'chai'
import { delay } from 'ferrygram/simulation'
import { RECORD_BYTES } from '../../machines/limits.ts'
import { cargo, PEER, sealedBytes, voyage } from '../support/voyage.ts'

const RTT_MS = 50
const link = [delay(RTT_MS / 2)]

describe('a clean link', () => {
  for (const size of [0, 1, RECORD_BYTES - 1, RECORD_BYTES, RECORD_BYTES + 1, 3_000_000]) {
    it(`carries ${size} bytes there and back, each once`, () =>
      voyage({ seed: 1, link }, async ({ sea, arrive, sliceBytes }) => {
        const bytes = cargo(size)
        sea.clientFiles.set('crate.bin', bytes, 1_700_000_000_123_456)

        const put = await arrive(sea.put(PEER, 'crate.bin', { key: null }).outcome, 3_000)
        expect(put).to.deep.equal({
          ok: { path: 'crate.bin', sizeBytes: size, alreadyThere: false },
        })
        expect(sea.serverFiles.bytes('crate.bin')).to.deep.equal(bytes)
        expect(sliceBytes()).to.equal(sealedBytes(size))

        const get = await arrive(sea.get(PEER, 'crate.bin', { key: null }).outcome, 3_000)
        expect(get).to.deep.equal({
          ok: { path: 'received_crate.bin', sizeBytes: size, alreadyThere: false },
        })
        expect(sea.clientFiles.bytes('received_crate.bin')).to.deep.equal(bytes)
        expect(sliceBytes()).to.equal(2 * sealedBytes(size))
        expect(await sea.clientFiles.list()).to.deep.include({
          path: 'received_crate.bin',
          sizeBytes: size,
          mtimeUs: 1_700_000_000_123_456,
        })
      }))
  }

  it('gets 1 KiB in one round trip and puts it in two', () =>
    voyage({ seed: 1, link }, async ({ sea, arrive }) => {
      sea.serverFiles.set('note.txt', cargo(1024))
      const startMs = performance.now()
      await arrive(sea.get(PEER, 'note.txt', { key: null }).outcome, 1_000)
      const gotMs = performance.now()
      expect(gotMs - startMs, 'get').to.be.within(RTT_MS, RTT_MS + 2)

      sea.clientFiles.set('other.txt', cargo(1024, 2))
      await arrive(sea.put(PEER, 'other.txt', { key: null }).outcome, 1_000)
      expect(performance.now() - gotMs, 'put').to.be.within(2 * RTT_MS, 2 * RTT_MS + 4)
    }))
})
