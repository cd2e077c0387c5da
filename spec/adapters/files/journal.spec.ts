import { createHash } from 'node:crypto'
import { expect } from 'chai'
import { decodeJournal, encodeJournal, JOURNAL_BYTES_MAX } from '../../../adapters/files/journal.ts'
import { JOURNAL_RANGES_MAX, PATH_BYTES_MAX, RECORD_BYTES } from '../../../machines/limits.ts'
import { entryOf } from './support.ts'

describe('journal', () => {
  const entry = entryOf('a "quoted"\u2028name', 10 * RECORD_BYTES)
  const good = encodeJournal(entry, [0, 2, 4, 4, 9, 9])

  function sealed(body: string): Buffer {
    return Buffer.from(`${body}${createHash('sha256').update(body).digest('hex')}\n`)
  }

  it('says the records it was told', () => {
    for (const stored of [
      [0, 0],
      [9, 9],
      [0, 9],
      [0, 2, 4, 4, 9, 9],
    ]) {
      expect(decodeJournal(encodeJournal(entry, stored), entry)).to.deep.equal(stored)
    }
  })

  it('says none when cut short, longer, or changed in any byte', () => {
    for (let at = 0; at < good.length; at++) {
      expect(decodeJournal(good.subarray(0, at), entry)).to.deep.equal([])
      const changed = Buffer.from(good)
      changed[at]! ^= 1
      expect(decodeJournal(changed, entry), `byte ${at}`).to.deep.equal([])
    }
    expect(decodeJournal(Buffer.concat([good, Buffer.from('\n')]), entry)).to.deep.equal([])
  })

  it('says none of another version, size or path', () => {
    for (const other of [
      { ...entry, path: 'b' },
      { ...entry, mtimeUs: 7 },
      { ...entry, sizeBytes: entry.sizeBytes + 1 },
    ]) {
      expect(decodeJournal(good, other)).to.deep.equal([])
    }
  })

  it('says none when the ranges make no sense, be the checksum right', () => {
    const [heading, version, ranges] = good.toString().split('\n')
    const body = (written: string) => sealed(`${heading}\n${version}\n${written}\n`)
    expect(decodeJournal(body(ranges!), entry)).to.have.length(6)
    const senseless = [
      ...['', ' ', '0', '0 1 2', '2 1', '0 10', '-1 3', '0 1 1 2', '0 1 2 3', '5 6 0 1'],
      ...['0.5 1', '0 1e0', '00 1', '0 1 ', 'a b', 'NaN NaN', '0 Infinity', '0x0 1', '0  1'],
    ]
    for (const written of senseless) {
      expect(decodeJournal(body(written), entry), written).to.deep.equal([])
    }
    expect(decodeJournal(sealed(`ferrygram journal 2\n${version}\n0 1\n`), entry)).to.deep.equal([])
  })

  it('is never too long to be read again', () => {
    const path = '\\'.repeat(PATH_BYTES_MAX)
    const ranges = Array.from({ length: 2 * JOURNAL_RANGES_MAX }, (_, i) => 4e9 + 2 * (i + (i % 2)))
    const sizeBytes = Number.MAX_SAFE_INTEGER
    const longest = encodeJournal({ path, sizeBytes, mtimeUs: -sizeBytes }, ranges)
    expect(longest.length).to.be.below(JOURNAL_BYTES_MAX)
  })
})
