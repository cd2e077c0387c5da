import disk from 'node:fs'
import fs from 'node:fs/promises'
import { expect } from 'chai'
import sinon from 'sinon'
import { openDiskFolder } from '../../../adapters/files/disk-folder.ts'
import type { Folder } from '../../../adapters/files/folder.ts'
import { decodeJournal } from '../../../adapters/files/journal.ts'
import { partNamesOf } from '../../../adapters/files/part-names.ts'
import { PART_DAYS_MAX, RECORD_BYTES, UNSYNCED_BYTES_MAX } from '../../../machines/limits.ts'
import { takesUpWhereItStopped, writeRecord } from './resume-contract.ts'
import {
  entryOf,
  failureOf,
  fileHandle,
  onPosix,
  openDescriptors,
  Scratch,
  someBytes,
} from './support.ts'

const DAY_MS = 86_400_000

async function openBench() {
  const scratch = new Scratch()
  return {
    reopen: () => openDiskFolder(scratch.root),
    set: (path: string, bytes: Uint8Array) => scratch.set(path, bytes),
    bytes: (path: string) => scratch.bytes(path),
    leftovers: async () => {
      const names = await scratch.names()
      return names.filter((name) => name.startsWith('.ferrygram-')).length
    },
    close: () => scratch.remove(),
  }
}

describe('disk folder, resuming', () => takesUpWhereItStopped(openBench))

describe('disk folder, resuming, where names cannot be reached through descriptors', () => {
  beforeEach(() => sinon.stub(process, 'platform').value('freebsd'))
  takesUpWhereItStopped(openBench)
})

describe('a resume point on disk', () => {
  const bytes = someBytes(4 * RECORD_BYTES)
  const entry = entryOf('a', bytes)
  const { part, journal, lock } = partNamesOf(entry)
  let scratch: Scratch
  let folder: Folder
  beforeEach(async () => {
    scratch = new Scratch()
    folder = await openDiskFolder(scratch.root)
  })
  afterEach(async () => {
    sinon.restore()
    await scratch.remove()
  })

  async function suspended(...records: number[]): Promise<void> {
    const sink = await folder.openSink(entry, false)
    for (const record of records) await writeRecord(sink, bytes, record)
    await sink.suspend()
  }

  /** Nothing is taken up, and the whole file still gets there. */
  async function startsOver(): Promise<void> {
    expect(await folder.look(entry, true)).to.deep.equal({ kind: 'free', stored: [] })
    const sink = await folder.openSink(entry, true)
    expect(sink.stored).to.deep.equal([])
    await sink.write(0, bytes)
    await sink.commit()
    expect((await scratch.bytes('a'))?.equals(bytes)).to.equal(true)
    expect(await scratch.names()).to.deep.equal(['a'])
    await fs.unlink(scratch.at('a'))
  }

  it('is a part and its journal', async () => {
    await suspended(0)
    expect(await scratch.names()).to.deep.equal([journal, part].sort())
  })

  it('is not believed when the journal is odd', async () => {
    const oddities: Record<string, (good: Buffer) => Promise<unknown>> = {
      empty: () => fs.writeFile(scratch.at(journal), ''),
      truncated: (good) => fs.writeFile(scratch.at(journal), good.subarray(0, -2)),
      corrupted: (good) => fs.writeFile(scratch.at(journal), good.fill('?', good.length - 20)),
      gone: () => fs.unlink(scratch.at(journal)),
      huge: () => fs.truncate(scratch.at(journal), 2 ** 40),
    }
    for (const oddity of Object.values(oddities)) {
      await suspended(0, 1)
      await oddity(await fs.readFile(scratch.at(journal)))
      await startsOver()
    }
  })

  it('is not believed when the part does not hold what is journaled', async () => {
    const oddities: (() => Promise<unknown>)[] = [
      () => fs.unlink(scratch.at(part)),
      () => fs.truncate(scratch.at(part), 2 * RECORD_BYTES - 1),
      () => fs.truncate(scratch.at(part), bytes.length + 1),
    ]
    for (const oddity of oddities) {
      await suspended(0, 1)
      await oddity()
      await startsOver()
    }
  })

  onPosix('is not followed through symlinks, nor written through other names', async () => {
    const outside = someBytes(bytes.length)
    for (const own of [part, journal]) {
      await suspended(0, 1)
      await fs.rename(scratch.at(own), scratch.at('elsewhere'))
      await fs.symlink('elsewhere', scratch.at(own))
      const before = await scratch.bytes('elsewhere')
      expect(await folder.look(entry, true)).to.deep.equal({ kind: 'free', stored: [] })
      const sink = await folder.openSink(entry, true)
      expect(sink.stored).to.deep.equal([])
      await sink.write(0, bytes)
      await sink.suspend()
      expect((await scratch.bytes('elsewhere'))?.equals(before!)).to.equal(true)
      await scratch.clear()
    }
    await suspended(0, 1)
    await fs.link(scratch.at(part), scratch.at('elsewhere'))
    const sink = await folder.openSink(entry, true)
    await sink.write(0, outside)
    await sink.discard()
    const linked = await scratch.bytes('elsewhere')
    expect(linked?.equals(bytes.subarray(0, 2 * RECORD_BYTES))).to.equal(true)
  })

  it('is done when the crash came between the link and the end', async () => {
    for (const cleanUp of ['a sink', 'opening the folder'] as const) {
      const sink = await folder.openSink(entry, false)
      await sink.write(0, bytes)
      await sink.suspend()
      const again = await folder.openSink(entry, false)
      sinon.stub(fs, 'unlink').rejects(new Error('dead'))
      sinon.stub(disk, 'unlinkSync').throws(new Error('dead'))
      await again.commit()
      sinon.restore()
      expect(await scratch.names()).to.deep.equal([lock, journal, part, 'a'].sort())
      expect(await folder.look(entry, false)).to.deep.equal({ kind: 'identical' })
      if (cleanUp === 'a sink') {
        const done = await folder.openSink(entry, false)
        expect(done.stored).to.deep.equal([0, 3])
        await done.write(0, Buffer.alloc(RECORD_BYTES))
        await done.commit()
        await done.suspend()
      } else await openDiskFolder(scratch.root)
      expect(await scratch.names()).to.deep.equal(['a'])
      expect((await scratch.bytes('a'))?.equals(bytes)).to.equal(true)
      await fs.unlink(scratch.at('a'))
    }
  })

  it('is collected by the age of its files, one minute on both sides; others stay', async () => {
    await fs.mkdir(scratch.at('sub'))
    const inSub = { ...entry, path: 'sub/a' }
    for (const [minutes, kept] of [
      [1, true],
      [-1, false],
    ] as const) {
      await suspended(0)
      const sub = await folder.openSink(inSub, false)
      await writeRecord(sub, bytes, 0)
      await sub.suspend()
      await scratch.set('.ferrygram-notes', Buffer.alloc(1))
      const at = new Date(Date.now() - PART_DAYS_MAX * DAY_MS + minutes * 60_000)
      for (const name of await scratch.names()) await fs.utimes(scratch.at(name), at, at)
      for (const name of await scratch.names('sub'))
        await fs.utimes(scratch.at('sub', name), at, at)
      const fresh = await openDiskFolder(scratch.root)
      const own = kept ? [journal, part].sort() : []
      expect(await scratch.names()).to.deep.equal([...own, '.ferrygram-notes', 'sub'])
      const other = await fresh.openSink(entryOf('sub/other', 0), false)
      await other.discard()
      expect((await scratch.names('sub')).length).to.equal(kept ? 2 : 0)
    }
  })

  it('is not collected while it is written to, however old it looks', async () => {
    const sink = await folder.openSink(entry, false)
    await writeRecord(sink, bytes, 0)
    await fs.utimes(scratch.at(part), 0, 0)
    await openDiskFolder(scratch.root)
    await sink.write(0, bytes)
    await sink.commit()
    expect(await scratch.names()).to.deep.equal(['a'])
  })

  it('is one of each version, of which one at a time is written to', async () => {
    await suspended(0, 1)
    const other = { ...entry, mtimeUs: 99 }
    const sink = await folder.openSink(other, false)
    expect(sink.stored).to.deep.equal([])
    expect(await failureOf(folder.openSink(entry, true))).to.eql({ kind: 'busy', path: 'a' })
    await writeRecord(sink, bytes, 3)
    await sink.suspend()
    expect(await folder.look(entry, false)).to.deep.equal({ kind: 'free', stored: [0, 1] })
    expect(await folder.look(other, false)).to.deep.equal({ kind: 'free', stored: [3, 3] })
  })

  it('does not keep another version of its target from being collected', async () => {
    await suspended(0)
    const other = { ...entry, mtimeUs: 99 }
    const names = partNamesOf(other)
    await scratch.set(names.part, bytes)
    await scratch.set(names.journal, bytes)
    await fs.writeFile(scratch.at(lock), '999999999 1\n')
    await openDiskFolder(scratch.root)
    expect(await scratch.names()).to.deep.equal([journal, part].sort())
  })

  it('journals every 16 MiB, while writing goes on, and only what a sync came after', async () => {
    const records = Math.ceil(UNSYNCED_BYTES_MAX / RECORD_BYTES)
    const large = someBytes((records + 1) * RECORD_BYTES)
    const version = entryOf('large', large)
    const place = scratch.at(partNamesOf(version).journal)
    const sink = await folder.openSink(version, false)
    let finishSync = () => {}
    const datasync = sinon.stub(await fileHandle(), 'datasync')
    datasync.callsFake(() => new Promise((resolve) => (finishSync = resolve)))
    const rename = sinon.spy(fs, 'rename')
    await sink.write(0, large.subarray(0, (records - 1) * RECORD_BYTES))
    expect(datasync.callCount).to.equal(0)
    await writeRecord(sink, large, records - 1)
    expect(datasync.callCount).to.equal(1)
    await writeRecord(sink, large, records)
    expect(rename.callCount).to.equal(0)
    finishSync()
    while (rename.callCount === 0) await new Promise((resolve) => setImmediate(resolve))
    await rename.firstCall.returnValue
    expect(decodeJournal(await fs.readFile(place), version)).to.deep.equal([0, records - 1])
    await sink.commit()
    expect((await scratch.bytes('large'))?.equals(large)).to.equal(true)
    expect(await scratch.names()).to.deep.equal(['large'])
  })

  it('writes a burst of neighbours in one go, in whatever order they came', async () => {
    const sink = await folder.openSink(entry, false)
    const writev = sinon.spy(await fileHandle(), 'writev')
    await Promise.all([2, 0, 3, 1].map((record) => writeRecord(sink, bytes, record)))
    expect(writev.callCount).to.equal(1)
    await sink.commit()
    expect((await scratch.bytes('a'))?.equals(bytes)).to.equal(true)
  })

  it('is what it was after a sync that failed; the failure is told, and nothing follows', async () => {
    const before = await openDescriptors().catch(() => 0)
    await suspended(0)
    const sink = await folder.openSink(entry, false)
    await writeRecord(sink, bytes, 1)
    const prototype = await fileHandle()
    const datasync = sinon.stub(prototype, 'datasync')
    datasync.rejects(Object.assign(new Error('EIO'), { code: 'EIO' }))
    await sink.suspend()
    datasync.restore()
    expect(await folder.look(entry, false)).to.deep.equal({ kind: 'free', stored: [0, 0] })
    expect(await openDescriptors().catch(() => 0)).to.equal(before)
  })

  it('tells of a background sync that failed, at the next write and at commit', async () => {
    const records = Math.ceil(UNSYNCED_BYTES_MAX / RECORD_BYTES) + 1
    const large = someBytes(records * RECORD_BYTES)
    const sink = await folder.openSink(entryOf('large', large), false)
    const prototype = await fileHandle()
    const datasync = sinon.stub(prototype, 'datasync')
    datasync.rejects(Object.assign(new Error('EDQUOT'), { code: 'EDQUOT' }))
    await sink.write(0, large.subarray(0, (records - 1) * RECORD_BYTES))
    await new Promise((resolve) => setImmediate(resolve))
    const failure = { kind: 'noSpace', path: 'large' }
    expect(await failureOf(writeRecord(sink, large, records - 1))).to.deep.equal(failure)
    expect(await failureOf(sink.commit())).to.deep.equal(failure)
    datasync.restore()
    await sink.suspend()
    expect(await scratch.names()).to.deep.equal([])
  })
})
