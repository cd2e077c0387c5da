import { expect } from 'chai'
import { createMemoryFolder, type MemoryFolder } from '../../../adapters/files/memory-folder.ts'
import { BatchSink } from '../../../adapters/runtime/batch-sink.ts'
import { encodeManifest } from '../../../adapters/wire/codec.ts'
import type { Failure } from '../../../machines/failures.ts'
import { OPEN_FILES_MAX, RECORD_BYTES, RECORDS_MAX } from '../../../machines/limits.ts'
import type { Entry, FlatRanges } from '../../../machines/messages.ts'
import { Layout } from '../../../machines/recovery/layout.ts'
import { cargo } from '../../support/voyage.ts'

/** A batch as the records of a session bring it. */
class Arriving {
  readonly sink: BatchSink
  readonly layout: Layout
  readonly spared: FlatRanges[] = []
  /** Of the entries that were looked at, by the groups they were looked at in. */
  readonly sizesBytes: (readonly number[])[] = []
  readonly #lookedAt: Promise<void>
  readonly #manifest: Buffer

  constructor(folder: MemoryFolder, entries: readonly Entry[], manifest = encodeManifest(entries)) {
    this.#manifest = manifest
    this.layout = new Layout(manifest.length)
    this.layout.grow(entries.map(({ sizeBytes }) => sizeBytes))
    const request = { verb: 'putAll', manifestBytes: manifest.length, replace: false } as const
    let onLast = () => {}
    this.#lookedAt = new Promise((resolve) => {
      onLast = resolve
    })
    this.sink = new BatchSink(folder, request, {
      onLooked: (sizesBytes, spared, isLast) => {
        this.sizesBytes.push(sizesBytes)
        this.spared.push(spared)
        if (isLast) onLast()
      },
      freeTarget: async () => {},
      onSpared: (records) => this.spared.push(records),
    })
  }

  async manifest(): Promise<void> {
    for (let at = 0; at < this.#manifest.length; at += RECORD_BYTES) {
      await this.sink.write(at, this.#manifest.subarray(at, at + RECORD_BYTES))
    }
    await this.#lookedAt
  }

  /** Writes one record, counted from the first one behind the manifest. */
  record(n: number, bytes: Buffer): Promise<void> {
    return this.sink.write(this.layout.offsetBytes(this.layout.firstRecord(1) + n), bytes)
  }

  kinds(): unknown[] {
    return (this.sink.results(0)?.runs ?? []).map(({ first, last, result }) => [
      first,
      last,
      result.kind === 'failed' ? result.failure.kind : result.kind,
    ])
  }
}

const entryOf = (path: string, sizeBytes: number): Entry => ({ path, sizeBytes, mtimeUs: 5 })
const failureOf = (work: Promise<unknown>): Promise<Failure> =>
  work.then(
    () => expect.fail('did not reject'),
    (error) => error.failure,
  )

describe('BatchSink', () => {
  it('publishes each file with the record that makes it whole', async () => {
    const folder = createMemoryFolder()
    const batch = new Arriving(folder, [entryOf('a', RECORD_BYTES + 1), entryOf('b', 2)])
    await batch.manifest()
    expect(batch.sizesBytes).to.deep.equal([[RECORD_BYTES + 1, 2]])
    await batch.record(1, cargo(1))
    expect(folder.paths()).to.deep.equal([])
    await batch.record(2, cargo(2))
    expect(folder.paths()).to.deep.equal(['b'])
    await batch.record(0, cargo(RECORD_BYTES))
    expect(folder.paths()).to.deep.equal(['a', 'b'])
    await batch.sink.commit()
    expect(batch.sink.exceptions).to.equal(0)
    expect(batch.spared).to.deep.equal([[]])
  })

  it('makes empty files without a record', async () => {
    const folder = createMemoryFolder()
    const empty = Array.from({ length: 3 * OPEN_FILES_MAX }, (_, i) => entryOf(`e${i}`, 0))
    const batch = new Arriving(folder, empty)
    await batch.manifest()
    await batch.sink.commit()
    expect(folder.paths()).to.have.length(empty.length)
  })

  it('spares what is there, what is refused and all but the first of a name', async () => {
    const folder = createMemoryFolder({ other: cargo(9) })
    folder.set('same', cargo(7), 5)
    folder.set('doubtful', cargo(7), 6)
    const entries = ['../x', 'same', 'other', 'a', 'a', 'doubtful'].map((path) => entryOf(path, 7))
    const batch = new Arriving(folder, entries)
    await batch.manifest()
    expect(batch.kinds()).to.deep.equal([
      [0, 0, 'badName'],
      [1, 1, 'identical'],
      [2, 2, 'exists'],
      [4, 4, 'badName'],
      [5, 5, 'compare'],
    ])
    expect(batch.spared).to.deep.equal([[1, 3, 5, 6]])
    await batch.record(4, cargo(7))
    expect(folder.paths()).to.deep.equal(['doubtful', 'other', 'same'])
    await batch.record(3, cargo(7))
    expect(folder.bytes('a')).to.deep.equal(cargo(7))
  })

  const malformed = {
    'no CBOR': Buffer.from([0xff]),
    'no array': Buffer.from([0xa0]),
    'something behind it': Buffer.concat([encodeManifest([]), Buffer.of(0)]),
    'an entry of two': Buffer.from([0x81, 0x82, 0x41, 0x61, 0x00]),
  }
  for (const [name, manifest] of Object.entries(malformed)) {
    it(`ends with a manifest that is malformed: ${name}`, async () => {
      const batch = new Arriving(createMemoryFolder(), [], manifest)
      expect(await failureOf(batch.manifest())).to.deep.equal({
        kind: 'protocolViolated',
        what: 'the manifest does not decode',
      })
    })
  }

  it('takes as many records as there can be, and none more', async () => {
    const entries = [entryOf('a', (RECORDS_MAX - 2) * RECORD_BYTES), entryOf('b', RECORD_BYTES)]
    const most = new Arriving(createMemoryFolder(), entries)
    await most.manifest()
    expect(most.sizesBytes[0]).to.have.length(2)
    const tooMany = new Arriving(createMemoryFolder(), [...entries, entryOf('c', 1)])
    expect(await failureOf(tooMany.manifest())).to.include({ kind: 'protocolViolated' })
    expect(tooMany.sizesBytes).to.deep.equal([])
  })

  it('lets go of an entry that is withdrawn, whatever came of it', async () => {
    const folder = createMemoryFolder()
    const entries = ['a', 'b'].map((path) => entryOf(path, 3 * RECORD_BYTES))
    const batch = new Arriving(folder, entries)
    batch.sink.withdraw(0, { kind: 'sourceChanged', path: 'a' })
    await batch.manifest()
    expect(batch.sink.exceptions, 'before there is a manifest').to.equal(0)
    await batch.record(0, cargo(RECORD_BYTES))
    for (const entry of [0, 2, 99_999]) {
      batch.sink.withdraw(entry, { kind: 'sourceChanged', path: 'a' })
    }
    await batch.record(1, cargo(RECORD_BYTES))
    await batch.record(2, cargo(RECORD_BYTES))
    expect(batch.spared).to.deep.equal([[], [1, 3]])
    expect(batch.kinds()).to.deep.equal([[0, 0, 'sourceChanged']])
    await batch.sink.suspend()
    expect(folder.paths()).to.deep.equal([])
    expect(folder.resumable()).to.deep.equal([])
  })

  it('stores more files at once than it opens, whichever record comes first', async () => {
    const folder = createMemoryFolder()
    const count = 4 * OPEN_FILES_MAX
    const entries = Array.from({ length: count }, (_, i) => entryOf(`f${i}`, 2 * RECORD_BYTES))
    const batch = new Arriving(folder, entries)
    await batch.manifest()
    const seconds = entries.map((_, i) => batch.record(2 * i + 1, cargo(RECORD_BYTES)))
    const firsts = entries.map((_, i) => batch.record(2 * i, cargo(RECORD_BYTES)))
    await Promise.all([...seconds, ...firsts])
    expect(folder.paths()).to.have.length(count)
  })

  it('keeps what came when it is suspended with more under way than it opens', async () => {
    const folder = createMemoryFolder()
    const count = 4 * OPEN_FILES_MAX
    const entries = Array.from({ length: count }, (_, i) => entryOf(`f${i}`, 2 * RECORD_BYTES))
    const batch = new Arriving(folder, entries)
    await batch.manifest()
    const written = entries.map((_, i) => batch.record(2 * i, cargo(RECORD_BYTES)))
    await new Promise((resolve) => setImmediate(resolve))
    await batch.sink.suspend()
    await Promise.all(written)
    const kept = folder.resumable().length
    expect(kept).to.equal(OPEN_FILES_MAX)
    const again = new Arriving(folder, entries)
    await again.manifest()
    expect(again.spared[0]).to.have.length(OPEN_FILES_MAX)
    const resumed = again.spared[0]!.filter((_, i) => i % 2 === 0)
    const coming = [...Array(2 * count).keys()].filter((n) => !resumed.includes(1 + n))
    await Promise.all(coming.map((n) => again.record(n, cargo(RECORD_BYTES))))
    expect(folder.paths()).to.have.length(count)
  })

  it('opens the window group by group, each as large as all that were looked at before', async () => {
    const folder = createMemoryFolder()
    const entries = Array.from({ length: 150 }, (_, i) => entryOf(`f${i}`, 7))
    for (const at of [63, 64, 149]) folder.set(`f${at}`, cargo(7), 5)
    const batch = new Arriving(folder, entries)
    await batch.manifest()
    expect(batch.sizesBytes.map(({ length }) => length)).to.deep.equal([64, 64, 22])
    expect(batch.spared).to.deep.equal([
      [64, 64],
      [65, 65],
      [150, 150],
    ])
  })

  it('tells of many in pages that follow one on the other', async () => {
    const folder = createMemoryFolder()
    const count = 500
    const entries = Array.from({ length: count }, (_, i) => entryOf(`f${i}`, 5))
    for (let i = 0; i < count; i += 2) folder.set(`f${i}`, cargo(5), 5)
    const batch = new Arriving(folder, entries)
    await batch.manifest()
    const told: number[] = []
    for (let from = 0; from < count; ) {
      const page = batch.sink.results(from)!
      expect(page.from).to.equal(from)
      expect(page.to).to.be.above(from)
      for (const { first, last } of page.runs) {
        for (let entry = first; entry <= last; entry += 1) told.push(entry)
      }
      from = page.to
    }
    expect(told).to.deep.equal(entries.map((_, i) => i).filter((i) => i % 2 === 0))
    expect(batch.sink.results(count)).to.equal(null)
  })

  it('tells of many alike in one run', async () => {
    const entries = Array.from({ length: 5_000 }, (_, i) => entryOf(`.ferrygram-${i}`, 5))
    const batch = new Arriving(createMemoryFolder(), entries)
    await batch.manifest()
    expect(batch.sink.results(0)).to.deep.include({ from: 0, to: 5_000 })
    expect(batch.kinds()).to.deep.equal([[0, 4_999, 'badName']])
  })
})
