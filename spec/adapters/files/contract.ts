import { createHash } from 'node:crypto'
import { expect } from 'chai'
import type { Folder } from '../../../adapters/files/folder.ts'
import type { FolderOptions } from '../../../adapters/files/target.ts'
import { RECORD_BYTES, RECORDS_MAX, UNCHECKED_BYTES_MAX } from '../../../machines/limits.ts'
import { entryOf, failureOf, someBytes, writeBackwards } from './support.ts'

/** A folder under test, and what stands behind it. */
export interface Bench {
  readonly folder: Folder
  set(path: string, bytes: Uint8Array, mtimeUs?: number): Promise<void>
  bytes(path: string): Promise<Buffer | undefined>
  close(): Promise<void>
}

/** What every folder promises. `open` gives an empty one. */
export function keepsTheContract(open: (options?: FolderOptions) => Promise<Bench>): void {
  let bench: Bench
  let folder: Folder
  beforeEach(async () => {
    bench = await open()
    folder = bench.folder
  })
  afterEach(() => bench.close())

  describe('list', () => {
    it('is empty for an empty folder', async () => {
      expect(await folder.list()).to.deep.equal([])
    })

    it('gives files sorted by code unit, none of ours, nothing from folders within', async () => {
      for (const path of ['b', 'ä', 'a b', 'B', '-dash', '😀', 'Ａ', 'folder/inner']) {
        await bench.set(path, Buffer.from(path), 5)
      }
      const paths = (await folder.list()).map((entry) => entry.path)
      expect(paths).to.deep.equal(['-dash', 'B', 'a b', 'b', 'ä', '😀', 'Ａ'])
    })

    it('hides a file while it is being received', async () => {
      const sink = await folder.openSink(entryOf('new', 3), false)
      await sink.write(0, Buffer.from('abc'))
      expect(await folder.list()).to.deep.equal([])
      await sink.discard()
    })

    it('tells size and modification time in whole microseconds', async () => {
      await bench.set('a', Buffer.alloc(7), 1_700_000_000_123_457)
      expect(await folder.list()).to.deep.equal([
        { path: 'a', sizeBytes: 7, mtimeUs: 1_700_000_000_123_457 },
      ])
    })
  })

  describe('a source', () => {
    const bytes = someBytes(100_000)

    it('reads exactly what is asked for, anywhere, into buffers of their own', async () => {
      await bench.set('a.bin', bytes, 42)
      const source = await folder.openSource('a.bin')
      expect(source.entry).to.deep.equal({ path: 'a.bin', sizeBytes: 100_000, mtimeUs: 42 })
      expect(await folder.find('a.bin')).to.deep.equal(source.entry)
      const last = await source.read(99_999, 1)
      const first = await source.read(0, 61_440)
      expect(last).to.deep.equal(bytes.subarray(99_999))
      expect(first.equals(bytes.subarray(0, 61_440))).to.equal(true)
      first.fill(0)
      expect((await source.read(0, 61_440)).equals(bytes.subarray(0, 61_440))).to.equal(true)
      expect(await source.read(100_000, 0)).to.have.length(0)
      await source.verify()
      await source.close()
    })

    it('may be empty, or lie in a folder', async () => {
      await bench.set('sub/deeper/empty', Buffer.alloc(0))
      const source = await folder.openSource('sub/deeper/empty')
      expect(source.entry).to.include({ path: 'sub/deeper/empty', sizeBytes: 0 })
      await source.verify()
      await source.close()
    })

    it('is sourceChanged when it is short by one byte', async () => {
      await bench.set('a', bytes)
      const source = await folder.openSource('a')
      await bench.set('a', bytes.subarray(0, 99_999))
      const failure = await failureOf(source.read(99_000, 1_000))
      expect(failure).to.deep.equal({ kind: 'sourceChanged', path: 'a' })
      expect(await source.read(99_000, 999)).to.have.length(999)
      await source.close()
    })

    it('is sourceChanged in the end when rewritten, be size and mtime as before', async () => {
      await bench.set('a', Buffer.from('one'), 5)
      const source = await folder.openSource('a')
      await bench.set('a', Buffer.from('two'), 5)
      expect(await failureOf(source.verify())).to.deep.equal({ kind: 'sourceChanged', path: 'a' })
      await source.close()
    })

    it('is sourceChanged at the latest when 16 MiB were read of what was rewritten', async () => {
      const large = Buffer.alloc(UNCHECKED_BYTES_MAX)
      await bench.set('a', large, 5)
      const source = await folder.openSource('a')
      await bench.set('a', large.fill(1), 5)
      expect(await source.read(0, UNCHECKED_BYTES_MAX - 1)).to.have.length(UNCHECKED_BYTES_MAX - 1)
      expect(await failureOf(source.read(0, 1))).to.eql({ kind: 'sourceChanged', path: 'a' })
      await source.close()
    })

    it('fails by name: nothing there, a folder, a bad name', async () => {
      await bench.set('folder/inner', Buffer.alloc(1))
      const kinds: Record<string, string> = {
        nothing: 'noSuchFile',
        'folder/nothing': 'noSuchFile',
        'nowhere/inner': 'noSuchFile',
        folder: 'notAFile',
        'folder/inner/more': 'notAFile',
        '../folder/inner': 'badName',
        '/etc/passwd': 'badName',
        'folder/': 'badName',
        '': 'badName',
      }
      for (const [path, kind] of Object.entries(kinds)) {
        expect(await failureOf(folder.openSource(path))).to.include({ kind, path })
        expect(await failureOf(folder.find(path))).to.include({ kind, path })
      }
    })
  })

  describe('a digest', () => {
    it('is the SHA-256 of the whole file', async () => {
      for (const size of [0, 1, 1_048_576, 1_048_577]) {
        const bytes = someBytes(size)
        await bench.set('a', bytes, size)
        const expected = createHash('sha256').update(bytes).digest('hex')
        expect(await folder.digest('a', new AbortController().signal)).to.equal(expected)
      }
    })

    it('fails by name, and stops when it is no longer wanted', async () => {
      const failure = { kind: 'noSuchFile', path: 'a' }
      expect(await failureOf(folder.digest('a'))).to.deep.equal(failure)
      await bench.set('a', someBytes(3 * 1_048_576))
      const controller = new AbortController()
      const digest = failureOf(folder.digest('a', controller.signal))
      controller.abort()
      expect(await digest).to.deep.equal({ kind: 'cancelled' })
    })
  })

  describe('a sink', () => {
    it('takes slices in any order and publishes all of it, with its mtime', async () => {
      const bytes = someBytes(200_001)
      const entry = entryOf('a.bin', bytes, 1_700_000_000_000_001)
      const sink = await folder.openSink(entry, false)
      await writeBackwards(sink, bytes, 61_440)
      expect(await bench.bytes('a.bin')).to.equal(undefined)
      await sink.commit()
      expect((await bench.bytes('a.bin'))?.equals(bytes)).to.equal(true)
      expect(await folder.list()).to.deep.equal([entry])
      expect(await folder.look(entry, false)).to.deep.equal({ kind: 'identical' })
    })

    it('stores an empty file', async () => {
      const sink = await folder.openSink(entryOf('empty', 0), false)
      await sink.commit()
      expect(await bench.bytes('empty')).to.have.length(0)
    })

    it('stores into a folder that is there, and makes none', async () => {
      await bench.set('sub/other', Buffer.alloc(1))
      const sink = await folder.openSink(entryOf('sub/new', 0), false)
      await sink.commit()
      expect(await bench.bytes('sub/new')).to.have.length(0)
      const failure = await failureOf(folder.openSink(entryOf('none/new', 0), false))
      expect(failure).to.deep.equal({ kind: 'noSuchFile', path: 'none/new' })
    })

    it('replaces only when asked to', async () => {
      const old = Buffer.from('old')
      await bench.set('a', old)
      const entry = entryOf('a', 5)
      const failure = { kind: 'exists', path: 'a' }
      expect(await folder.look(entry, false)).to.deep.equal({ kind: 'refused', failure })
      expect(await failureOf(folder.openSink(entry, false))).to.deep.equal(failure)
      expect(await folder.look(entry, true)).to.deep.equal({ kind: 'free', stored: [] })
      const sink = await folder.openSink(entry, true)
      await sink.write(0, Buffer.from('fresh'))
      expect(await bench.bytes('a')).to.deep.equal(old)
      await sink.commit()
      expect(await bench.bytes('a')).to.deep.equal(Buffer.from('fresh'))
    })

    it('clobbers nothing that came meanwhile', async () => {
      const sink = await folder.openSink(entryOf('a', 4), false)
      await sink.write(0, Buffer.from('mine'))
      await bench.set('a', Buffer.from('other'))
      expect(await failureOf(sink.commit())).to.deep.equal({ kind: 'exists', path: 'a' })
      await sink.discard()
      expect(await bench.bytes('a')).to.deep.equal(Buffer.from('other'))
    })

    it('is content when the same version came meanwhile', async () => {
      const entry = entryOf('a', 4)
      const sink = await folder.openSink(entry, false)
      await sink.write(0, Buffer.from('same'))
      await bench.set('a', Buffer.from('same'), entry.mtimeUs)
      await sink.commit()
      expect(await folder.list()).to.deep.equal([entry])
    })

    it('publishes no file that is short or long by one byte', async () => {
      for (const sizeBytes of [2, 4]) {
        const sink = await folder.openSink(entryOf('a', sizeBytes), false)
        await sink.write(0, Buffer.alloc(3)).catch(() => {})
        expect(await failureOf(sink.commit())).to.include({ kind: 'fileError', path: 'a' })
        await sink.discard()
        expect(await bench.bytes('a')).to.equal(undefined)
      }
    })

    it('has its target for itself until discarded or committed', async () => {
      const entry = entryOf('a', 0)
      const failure = { kind: 'busy', path: 'a' }
      const first = await folder.openSink(entry, false)
      expect(await folder.look(entryOf('a', 9), false)).to.deep.equal({ kind: 'refused', failure })
      expect(await failureOf(folder.openSink(entryOf('a', 9), true))).to.deep.equal(failure)
      expect(await folder.look(entryOf('b', 9), false)).to.deep.equal({ kind: 'free', stored: [] })
      await first.discard()
      const second = await folder.openSink(entry, false)
      await second.commit()
      const third = await folder.openSink(entryOf('a', 1), true)
      await Promise.all([first.discard(), second.discard()])
      expect(await failureOf(folder.openSink(entryOf('a', 9), true))).to.deep.equal(failure)
      await third.discard()
    })

    it('is busy for a second writer of what is there already, too', async () => {
      const entry = entryOf('a', 3)
      await bench.set('a', Buffer.from('old'), entry.mtimeUs)
      const first = await folder.openSink(entry, true)
      const failure = { kind: 'busy', path: 'a' }
      expect(await failureOf(folder.openSink(entry, true))).to.deep.equal(failure)
      await first.discard()
      expect(await bench.bytes('a')).to.deep.equal(Buffer.from('old'))
    })

    it('goes to one of two who ask at the same moment', async () => {
      const asked = [1, 2].map((size) => folder.openSink(entryOf('a', size), false))
      const settled = await Promise.allSettled(asked)
      expect(settled.map((one) => one.status).sort()).to.deep.equal(['fulfilled', 'rejected'])
      for (const one of settled) if (one.status === 'fulfilled') await one.value.discard()
      for (const sink of asked) await sink.catch(failureOfReason)
      expect(await folder.list()).to.deep.equal([])
    })

    it('leaves nothing when discarded, however often; then it takes no more', async () => {
      const sink = await folder.openSink(entryOf('a', 3), false)
      await sink.write(0, Buffer.from('abc'))
      await Promise.all([sink.discard(), sink.discard()])
      expect(await failureOf(sink.write(0, Buffer.from('abc')))).to.include({ kind: 'fileError' })
      expect(await failureOf(sink.commit())).to.include({ kind: 'fileError' })
      expect(await bench.bytes('a')).to.equal(undefined)
    })

    it('discards nothing that was committed', async () => {
      const sink = await folder.openSink(entryOf('a', 3), false)
      await sink.write(0, Buffer.from('abc'))
      await Promise.all([sink.commit(), sink.discard()])
      await sink.discard()
      expect(await bench.bytes('a')).to.deep.equal(Buffer.from('abc'))
    })
  })

  describe('a look', () => {
    it('is identical for the same size and microsecond alone', async () => {
      await bench.set('a', Buffer.alloc(9), 1_700_000_000_000_001)
      const same = entryOf('a', 9, 1_700_000_000_000_001)
      for (const replace of [false, true]) {
        expect((await folder.look(same, replace)).kind).to.equal('identical')
        const other = replace ? 'free' : 'refused'
        const later = { ...same, mtimeUs: same.mtimeUs + 1 }
        expect((await folder.look(later, replace)).kind).to.equal(other)
        expect((await folder.look({ ...same, sizeBytes: 10 }, replace)).kind).to.equal(other)
      }
    })

    it('refuses, as opening does: a bad name, a folder in the way, no parent', async () => {
      await bench.set('folder/inner', Buffer.alloc(1))
      const kinds: Record<string, string> = {
        '../out': 'badName',
        '.ferrygram-0.part': 'badName',
        folder: 'notAFile',
        'folder/inner/more': 'notAFile',
        'none/new': 'noSuchFile',
      }
      for (const [path, kind] of Object.entries(kinds)) {
        const state = await folder.look(entryOf(path, 1), true)
        expect(state).to.have.nested.include({ kind: 'refused', 'failure.kind': kind })
        const failure = await failureOf(folder.openSink(entryOf(path, 1), true))
        expect(state).to.deep.equal({ kind: 'refused', failure })
        expect(failure).to.include({ path })
      }
    })

    it('knows how large a file may be, on both sides of the limit', async () => {
      const limited = await open({ fileBytesMax: 10 })
      const failure = { kind: 'tooLarge', path: 'a', sizeBytesMax: 10 }
      expect(await limited.folder.look(entryOf('a', 10), true)).to.deep.equal({
        kind: 'free',
        stored: [],
      })
      expect(await limited.folder.look(entryOf('a', 11), true)).to.deep.include({ failure })
      expect(await failureOf(limited.folder.openSink(entryOf('a', 11), true))).to.eql(failure)
      await limited.close()
      const most = RECORDS_MAX * RECORD_BYTES
      expect((await folder.look(entryOf('a', most), true)).kind).to.equal('free')
      expect((await folder.look(entryOf('a', most + 1), true)).kind).to.equal('refused')
    })
  })
}

function failureOfReason(reason: unknown): void {
  expect(reason).to.have.nested.property('failure.kind', 'busy')
}
