import { expect } from 'chai'
import { corrupt, delay, drop, type Rule, rate } from 'ferrygram/simulation'
import { DIGEST_BLOCK_BYTES, RECORD_BYTES } from '../../machines/limits.ts'
import { forgeOnceARecord, forger, misplaced, overlong, spoilt } from '../support/forger.ts'
import { cargo, PEER, sealedBytes, voyage } from '../support/voyage.ts'

const RTT_MS = 50
const RECORDS = 40
const SIZE = RECORDS * RECORD_BYTES - 1_000
const SEEDS = [1, 2, 3]
const fast = rate({ bytesPerS: 1_250_000, queueMs: 100 })

interface Crossing {
  readonly tookMs: number
  readonly sliceBytes: number
}

/** Takes one file across the link, which must not change a byte of it, and says what that took. */
async function cross(
  verb: 'put' | 'get',
  rules: readonly Rule[],
  msMax: number,
  seed = 1,
  size = SIZE,
): Promise<Crossing> {
  const bytes = cargo(size, seed)
  let crossing: Crossing = { tookMs: 0, sliceBytes: 0 }
  await voyage(
    { seed, link: [...rules, delay(RTT_MS / 2)] },
    async ({ sea, arrive, sliceBytes }) => {
      const startMs = performance.now()
      const from = verb === 'put' ? sea.clientFiles : sea.serverFiles
      from.set('crate.bin', bytes)
      const session = sea[verb](PEER, 'crate.bin', { key: null })
      expect(await arrive(session.outcome, msMax)).to.have.property('ok')
      crossing = { tookMs: performance.now() - startMs, sliceBytes: sliceBytes() }
      const arrived =
        verb === 'put'
          ? sea.serverFiles.bytes('crate.bin')
          : sea.clientFiles.bytes('received_crate.bin')
      expect(arrived).to.deep.equal(bytes)
    },
  )
  return crossing
}

describe('forged datagrams', () => {
  for (const verb of ['put', 'get'] as const) {
    it(`one a record: a ${verb} ends right and soon, and a block or two a record go again`, async () => {
      const clean = await cross(verb, [fast], 20_000)
      const forged = await cross(verb, [fast, forgeOnceARecord()], 60_000)
      expect(forged.tookMs).to.be.at.most(1.2 * clean.tookMs + RECORDS * RTT_MS)
      const againBytes = forged.sliceBytes - clean.sliceBytes
      expect(againBytes).to.be.within(1, 2 * RECORDS * DIGEST_BLOCK_BYTES)
    })
  }

  for (const size of [3_000, 20_000, 120_000]) {
    it(`one a record of a file of ${size} bytes costs a round trip a record`, async () => {
      const clean = await cross('put', [fast], 20_000, 1, size)
      const forged = await cross('put', [fast, forgeOnceARecord()], 20_000, 1, size)
      const records = Math.ceil(size / RECORD_BYTES)
      expect(forged.tookMs).to.be.at.most(1.2 * clean.tookMs + records * RTT_MS)
    })
  }

  it('ahead of every datagram, from beginning to end: no byte travels a third time', async () => {
    const { sliceBytes } = await cross('put', [fast, forger(spoilt)], 10_000)
    expect(sliceBytes / sealedBytes(SIZE)).to.be.within(1.1, 2)
  })

  it('as long as a record, one for each: nothing travels a third time', async () => {
    const { sliceBytes } = await cross('get', [fast, forgeOnceARecord(overlong)], 10_000)
    expect(sliceBytes / sealedBytes(SIZE)).to.be.within(1.5, 2.1)
  })

  it('that bear the number of a datagram elsewhere do not hold up what is lost besides', async () => {
    const elsewhere = forger((datagram, record, nth) =>
      nth % 20 === 0 ? misplaced(datagram, record + (nth % 3), (nth * 37) % 60_000) : null,
    )
    for (const seed of SEEDS) {
      const { sliceBytes } = await cross('put', [fast, elsewhere, drop(0.1)], 5_000, seed)
      expect(sliceBytes / sealedBytes(SIZE)).to.be.within(1, 1.4)
    }
  })

  it('one a record on a link that also corrupts 1 % and loses 10 %', async () => {
    for (const seed of SEEDS) {
      const rules = [fast, forgeOnceARecord(), corrupt(0.01), drop(0.1)]
      const { sliceBytes } = await cross('put', rules, 5_000, seed)
      expect(sliceBytes / sealedBytes(SIZE)).to.be.within(1, 1.3)
    }
  })
})
