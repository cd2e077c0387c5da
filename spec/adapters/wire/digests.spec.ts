import { createHash, randomBytes } from 'node:crypto'
import { expect } from 'chai'
import { differingBlocks, digestsOf, isSliceOf } from '../../../adapters/wire/digests.ts'
import { DIGEST_BLOCK_BYTES, RECORD_BYTES, SEAL_BYTES } from '../../../machines/limits.ts'
import { dataDatagram, flipped, secured } from './pair.ts'

const FULL = RECORD_BYTES + SEAL_BYTES

describe('digests', () => {
  it('are 8 bytes of SHA-256 a block, the last block what is left', () => {
    for (const [bytes, blocks] of [
      [1, 1],
      [DIGEST_BLOCK_BYTES, 1],
      [DIGEST_BLOCK_BYTES + 1, 2],
      [FULL, 61],
    ] as const) {
      const digests = digestsOf(randomBytes(bytes))
      expect(digests).to.have.length(8 * blocks)
    }
    const sealed = randomBytes(DIGEST_BLOCK_BYTES + 5)
    const last = createHash('sha256').update(sealed.subarray(DIGEST_BLOCK_BYTES)).digest()
    expect(digestsOf(sealed).subarray(8)).to.deep.equal(last.subarray(0, 8))
  })

  it('find each block of which a bit was turned, and no other', () => {
    const sealed = randomBytes(FULL)
    const digests = digestsOf(sealed)
    expect(differingBlocks(sealed, digests)).to.deep.equal([])
    for (const [byte, block] of [
      [0, 0],
      [DIGEST_BLOCK_BYTES - 1, 0],
      [DIGEST_BLOCK_BYTES, 1],
      [FULL - 1, 60],
    ] as const) {
      expect(differingBlocks(flipped(sealed, 8 * byte), digests)).to.deep.equal([block])
    }
  })

  it('tell slices of whole true blocks from all others', () => {
    const sealed = randomBytes(2 * DIGEST_BLOCK_BYTES + 100)
    const digests = digestsOf(sealed)
    const isTrue = (from: number, to: number) => isSliceOf(digests, from, sealed.subarray(from, to))
    expect(isTrue(0, 1_024)).to.equal(true)
    expect(isTrue(1_024, 2_148)).to.equal(true)
    expect(isTrue(2_048, 2_148)).to.equal(true)
    expect(isTrue(0, 2_148)).to.equal(true)
    expect(isTrue(0, 1_023), 'ends within a block').to.equal(false)
    expect(isTrue(1, 1_024), 'begins within a block').to.equal(false)
    expect(isTrue(1_024, 2_147), 'lacks the last byte').to.equal(false)
    expect(isSliceOf(digests, 1_024, sealed.subarray(0, 1_024)), 'elsewhere').to.equal(false)
    expect(isSliceOf(digests, 3_072, sealed.subarray(0, 1_024)), 'beyond').to.equal(false)
    expect(isSliceOf(digests, 0, flipped(sealed, 17))).to.equal(false)
  })
})

describe('a wire that learnt digests', () => {
  it('drops slices of that record that differ as forged, until it opens', () => {
    const { client, server } = secured()
    const sealed = client.sealRecord(3, randomBytes(2_000))
    const other = client.sealRecord(4, randomBytes(2_000))
    const forgery = flipped(sealed, 99)
    const read = (record: number, bytes: Buffer, offset: number, length: number) =>
      server.read([dataDatagram(client, 1, record, offset, length, bytes)], 0)?.data.count ?? 0
    expect(read(3, forgery, 0, 1_024)).to.equal(1)
    server.learnDigests(3, digestsOf(sealed))
    expect(read(3, forgery, 0, 1_024)).to.equal(0)
    expect(read(3, sealed, 0, 1_000)).to.equal(0)
    expect(server.counters.forged).to.equal(2)
    expect(read(3, sealed, 0, 1_024)).to.equal(1)
    expect(read(4, flipped(other, 99), 0, 1_000), 'of other records').to.equal(1)
    expect(server.openRecord(3, forgery)).to.equal(null)
    expect(read(3, forgery, 0, 1_024)).to.equal(0)
    expect(server.openRecord(3, sealed)).to.have.length(2_000)
    expect(read(3, forgery, 0, 1_024), 'the machine drops it as a duplicate').to.equal(1)
  })
})
