import { expect } from 'chai'
import sinon from 'sinon'
import type { Folder, Sink } from '../../../adapters/files/folder.ts'
import { PART_DAYS_MAX, RECORD_BYTES } from '../../../machines/limits.ts'
import type { FlatRanges } from '../../../machines/messages.ts'
import { entryOf, failureOf, someBytes } from './support.ts'

/** A folder under test whose receiving process can die. */
export interface ResumeBench {
  /** Opens the folder again, as a new process would. */
  reopen(): Promise<Folder>
  set(path: string, bytes: Uint8Array): Promise<void>
  bytes(path: string): Promise<Buffer | undefined>
  /** How many files of our own stand in it. */
  leftovers(): Promise<number>
  close(): Promise<void>
}

const DAY_MS = 86_400_000

/** What every folder promises about going on where it was. */
export function takesUpWhereItStopped(open: () => Promise<ResumeBench>): void {
  const bytes = someBytes(5 * RECORD_BYTES + 77)
  const entry = entryOf('a.bin', bytes)
  let bench: ResumeBench
  let folder: Folder
  beforeEach(async () => {
    bench = await open()
    folder = await bench.reopen()
  })
  afterEach(async () => {
    sinon.restore()
    await bench.close()
  })

  async function stored(replace = false): Promise<FlatRanges> {
    const state = await folder.look(entry, replace)
    return state.kind === 'free' ? state.stored : expect.fail(state.kind)
  }

  async function suspendedWith(...records: number[]): Promise<void> {
    const sink = await folder.openSink(entry, false)
    for (const record of records) await writeRecord(sink, bytes, record)
    await sink.suspend()
  }

  it('keeps what was written when suspended, holes and all, and finishes it', async () => {
    await suspendedWith(0, 1, 3)
    expect(await stored()).to.deep.equal([0, 1, 3, 3])
    expect(await bench.leftovers()).to.be.greaterThan(0)
    expect(await folder.list()).to.deep.equal([])
    folder = await bench.reopen()
    const sink = await folder.openSink(entry, false)
    expect(sink.stored).to.deep.equal([0, 1, 3, 3])
    for (const record of [2, 4, 5]) await writeRecord(sink, bytes, record)
    expect(sink.stored, 'what was there at open').to.deep.equal([0, 1, 3, 3])
    await sink.commit()
    expect((await bench.bytes('a.bin'))?.equals(bytes)).to.equal(true)
    expect(await bench.leftovers()).to.equal(0)
  })

  it('keeps what an earlier sink stored though this one adds nothing', async () => {
    await suspendedWith(4)
    await suspendedWith()
    expect(await stored(true)).to.deep.equal([4, 4])
    await suspendedWith(5)
    expect(await stored()).to.deep.equal([4, 5])
  })

  it('does not publish a file with a record missing', async () => {
    const sink = await folder.openSink(entry, false)
    for (const record of [0, 1, 2, 4, 5]) await writeRecord(sink, bytes, record)
    expect(await failureOf(sink.commit())).to.include({ kind: 'fileError', path: 'a.bin' })
    await sink.suspend()
    expect(await bench.bytes('a.bin')).to.equal(undefined)
    expect(await stored()).to.deep.equal([0, 2, 4, 5])
  })

  it('is kept for the very same version alone', async () => {
    await suspendedWith(0)
    for (const other of [
      { ...entry, path: 'b.bin' },
      { ...entry, sizeBytes: entry.sizeBytes - 1 },
      { ...entry, mtimeUs: entry.mtimeUs + 1 },
    ]) {
      const state = await folder.look(other, false)
      expect(state).to.deep.equal({ kind: 'free', stored: [] })
      const sink = await folder.openSink(other, false)
      expect(sink.stored).to.deep.equal([])
      await sink.discard()
    }
    expect(await stored()).to.deep.equal([0, 0])
  })

  it('keeps nothing of a file of one record, nor where no record came', async () => {
    const one = someBytes(RECORD_BYTES)
    const small = await folder.openSink(entryOf('one', one), false)
    await small.write(0, one)
    await small.suspend()
    const none = await folder.openSink(entry, false)
    await none.write(0, bytes.subarray(0, RECORD_BYTES - 1))
    await none.suspend()
    expect(await bench.leftovers()).to.equal(0)
  })

  it('keeps the first record of two', async () => {
    const two = entryOf('two', RECORD_BYTES + 1)
    const sink = await folder.openSink(two, false)
    await sink.write(0, someBytes(RECORD_BYTES))
    await sink.suspend()
    expect(await folder.look(two, false)).to.deep.equal({ kind: 'free', stored: [0, 0] })
  })

  it('keeps nothing that was discarded', async () => {
    await suspendedWith(0, 1)
    const sink = await folder.openSink(entry, false)
    await sink.discard()
    await sink.suspend()
    expect(await stored()).to.deep.equal([])
    expect(await bench.leftovers()).to.equal(0)
  })

  it('suspends at any time, however often, and takes no more after', async () => {
    const sink = await folder.openSink(entry, false)
    const writing = writeRecord(sink, bytes, 0)
    await Promise.all([writing, sink.suspend(), sink.suspend(), sink.discard()])
    expect(await failureOf(writeRecord(sink, bytes, 0))).to.include({ kind: 'fileError' })
    expect(await failureOf(sink.commit())).to.include({ kind: 'fileError' })
    expect(await stored()).to.deep.equal([0, 0])
  })

  it('suspends nothing that was committed', async () => {
    const sink = await folder.openSink(entry, false)
    await sink.write(0, bytes)
    await Promise.all([sink.commit(), sink.suspend()])
    expect((await bench.bytes('a.bin'))?.equals(bytes)).to.equal(true)
    expect(await bench.leftovers()).to.equal(0)
  })

  it('keeps what could not be published', async () => {
    const sink = await folder.openSink(entry, false)
    await sink.write(0, bytes)
    await bench.set('a.bin', Buffer.from('other'))
    expect(await failureOf(sink.commit())).to.deep.equal({ kind: 'exists', path: 'a.bin' })
    await sink.suspend()
    expect(await bench.bytes('a.bin')).to.deep.equal(Buffer.from('other'))
    const again = await folder.openSink(entry, true)
    expect(again.stored).to.deep.equal([0, 5])
    await again.commit()
    expect((await bench.bytes('a.bin'))?.equals(bytes)).to.equal(true)
  })

  it('collects what was idle for days, on both sides of the limit', async () => {
    await suspendedWith(0)
    const { now } = Date
    let laterMs = 0
    sinon.stub(Date, 'now').callsFake(() => now() + laterMs)
    for (const [minute, expected] of [
      [-1, [0, 0]],
      [1, []],
    ] as const) {
      laterMs = PART_DAYS_MAX * DAY_MS + minute * 60_000
      folder = await bench.reopen()
      const other = await folder.openSink(entryOf('other', 0), false)
      await other.discard()
      expect(await stored()).to.deep.equal(expected)
    }
    expect(await bench.leftovers()).to.equal(0)
  })
}

export function writeRecord(sink: Sink, bytes: Buffer, record: number): Promise<void> {
  const offset = record * RECORD_BYTES
  return sink.write(offset, bytes.subarray(offset, offset + RECORD_BYTES))
}
