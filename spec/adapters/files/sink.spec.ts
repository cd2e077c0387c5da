import { createHash } from 'node:crypto'
import disk from 'node:fs'
import fs from 'node:fs/promises'
import { expect } from 'chai'
import sinon from 'sinon'
import { openDiskFolder } from '../../../adapters/files/disk-folder.ts'
import type { Folder, Sink } from '../../../adapters/files/folder.ts'
import { RECORD_BYTES } from '../../../machines/limits.ts'
import {
  entryOf,
  failureOf,
  fileHandle,
  onLinux,
  openDescriptors,
  Scratch,
  someBytes,
  withDiskCallsAtOnce,
} from './support.ts'

const sizes = { 'one record': someBytes(RECORD_BYTES), 'two records': someBytes(RECORD_BYTES + 1) }
for (const [size, bytes] of Object.entries(sizes)) {
  describe(`disk sink of ${size}`, () => storing(bytes))
}

function storing(bytes: Buffer): void {
  const slowDown = withDiskCallsAtOnce()
  const entry = entryOf('a', bytes)
  const part = partOf('a', bytes.length, 1_234_567)
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

  async function written(replace = false): Promise<Sink> {
    const sink = await folder.openSink(entry, replace)
    await sink.write(0, bytes)
    return sink
  }

  /** A rejection as the system would give it. */
  function refuse(call: 'link' | 'rename', code: string): sinon.SinonStub {
    const error = Object.assign(new Error(code), { code })
    if (call === 'link') return sinon.stub(disk, 'linkSync').throws(error)
    return sinon.stub(fs, call).rejects(error)
  }

  it('writes to a part file beside its target, named by what is stored', async () => {
    await scratch.set('sub/other', Buffer.alloc(0))
    const sink = await folder.openSink(entryOf('sub/a', 3, 9), false)
    expect(await scratch.names('sub')).to.deep.equal([partOf('sub/a', 3, 9), lockOf('a'), 'other'])
    await sink.discard()
    expect(await scratch.names('sub')).to.deep.equal(['other'])
  })

  it('writes over what a crashed run left', async () => {
    await scratch.set(part, someBytes(bytes.length + 1_000))
    const sink = await written()
    await sink.commit()
    expect(await scratch.bytes('a')).to.deep.equal(bytes)
    expect(await scratch.names()).to.deep.equal(['a'])
  })

  it('leaves a part that another process has taken over', async () => {
    const sink = await written()
    await fs.unlink(scratch.at(part))
    await scratch.set(part, Buffer.from('other'))
    expect(await failureOf(sink.commit())).to.deep.equal({ kind: 'busy', path: 'a' })
    await sink.discard()
    expect(await scratch.names()).to.deep.equal([part])
  })

  it('is busy when another process makes the same part at the same moment', async () => {
    await scratch.set('outside', Buffer.from('other'))
    await scratch.set(part, Buffer.from('older'))
    const { unlinkSync } = disk
    const { unlink } = fs
    const rival = (path: disk.PathLike) => {
      if (String(path).endsWith(part)) disk.symlinkSync('outside', scratch.at(part))
    }
    sinon.stub(disk, 'unlinkSync').callsFake((path) => {
      unlinkSync(path)
      rival(path)
    })
    sinon.stub(fs, 'unlink').callsFake(async (path) => {
      await unlink(path)
      rival(path)
    })
    const failure = await failureOf(folder.openSink(entry, false))
    expect(failure).to.deep.equal({ kind: 'busy', path: 'a' })
    expect(await scratch.bytes('outside')).to.deep.equal(Buffer.from('other'))
    sinon.restore()
    expect(await folder.look(entry, false)).to.deep.equal({ kind: 'free', stored: [] })
  })

  for (const replace of [false, true]) {
    const how = replace ? 'rename' : 'link'
    it(`syncs the file before its name, then the folder (${how})`, async () => {
      if (replace) await scratch.set('a', Buffer.from('old'))
      const sink = await written(replace)
      const sync = sinon.spy(disk, 'fsync')
      const publish = replace ? sinon.spy(fs, how) : sinon.spy(disk, 'linkSync')
      await sink.commit()
      expect(sync.callCount).to.equal(process.platform === 'win32' ? 1 : 2)
      expect(publish.calledOnce).to.equal(true)
      expect(sync.firstCall.calledBefore(publish.firstCall)).to.equal(true)
      expect(sync.lastCall.calledAfter(publish.firstCall)).to.equal(sync.callCount === 2)
    })
  }

  onLinux('forgives a file system that cannot sync folders, and none that fails to', async () => {
    for (const [code, failed] of [
      ['EINVAL', null],
      ['ENOTSUP', null],
      ['EIO', 'fileError'],
    ] as const) {
      const sink = await written(true)
      const { fsync } = disk
      const syncs = sinon.stub(disk, 'fsync')
      syncs.callsFake((descriptor, told) => {
        if (syncs.callCount === 1) fsync(descriptor, told)
        else told(Object.assign(new Error(code), { code }))
      })
      if (failed === null) await sink.commit()
      else expect(await failureOf(sink.commit())).to.include({ kind: failed, code })
      expect(syncs.callCount).to.equal(2)
      syncs.restore()
      await sink.discard()
      expect(await scratch.bytes('a')).to.deep.equal(bytes)
    }
  })

  it('leaves the old file to whoever has it open when replacing', async () => {
    await scratch.set('a', Buffer.from('old'))
    const reader = await fs.open(scratch.at('a'))
    const sink = await written(true)
    await sink.commit()
    expect((await reader.readFile()).toString()).to.equal('old')
    await reader.close()
  })

  it('does not replace a folder that came meanwhile', async () => {
    const sink = await written(true)
    await fs.mkdir(scratch.at('a'))
    expect(await failureOf(sink.commit())).to.deep.equal({ kind: 'notAFile', path: 'a' })
    await sink.discard()
    expect(await scratch.names()).to.deep.equal(['a'])
  })

  it('a file opened just as it is published has not changed', async () => {
    const sink = await written()
    const { linkSync } = disk
    sinon.stub(disk, 'linkSync').callsFake((from, to) => {
      linkSync(from, to)
      slowDown()
    })
    const { unlink } = fs
    const opened: ReturnType<Folder['openSource']>[] = []
    sinon.stub(fs, 'unlink').callsFake(async (path) => {
      opened.push(folder.openSource('a'))
      await opened[0]
      return unlink(path)
    })
    await sink.commit()
    const source = await opened[0]!
    await source.verify()
    await fs.writeFile(scratch.at('a'), 'other')
    expect(await failureOf(source.verify())).to.include({ kind: 'sourceChanged' })
    await source.close()
  })

  it('names a full disk, and frees the target', async () => {
    for (const code of ['ENOSPC', 'EDQUOT']) {
      const sink = await folder.openSink(entry, false)
      const error = Object.assign(new Error(code), { code })
      sinon.stub(await fileHandle(), 'writev').rejects(error)
      sinon.stub(disk, 'writeSync').throws(error)
      const failure = { kind: 'noSpace', path: 'a' }
      expect(await failureOf(sink.write(0, bytes))).to.deep.equal(failure)
      sinon.restore()
      await sink.discard()
      expect(await scratch.names()).to.deep.equal([])
    }
  })

  it('goes on where the system wrote less than asked', async () => {
    const sink = await folder.openSink(entry, false)
    const prototype = await fileHandle()
    const writev = prototype.writev
    sinon.stub(prototype, 'writev').callsFake(function (this: fs.FileHandle, slices, position) {
      const [first] = slices as readonly Buffer[]
      return writev.call(this, [first!.subarray(0, first!.length - 1 || 1)], position)
    })
    const writeSync: WriteSync = disk.writeSync
    sinon
      .stub(disk as { writeSync: WriteSync }, 'writeSync')
      .callsFake((to, from, at, left, position) => writeSync(to, from, at, left - 1 || 1, position))
    await sink.write(0, bytes)
    await sink.commit()
    expect(await scratch.bytes('a')).to.deep.equal(bytes)
  })

  describe('without hard links', () => {
    it('moves the part onto a name it took first', async () => {
      for (const code of ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']) {
        const sink = await written()
        const link = refuse('link', code)
        await sink.commit()
        expect(link.calledOnce).to.equal(true)
        sinon.restore()
        expect(await scratch.bytes('a')).to.deep.equal(bytes)
        expect(await scratch.names()).to.deep.equal(['a'])
        await fs.unlink(scratch.at('a'))
      }
    })

    it('clobbers nothing either', async () => {
      const sink = await written()
      await scratch.set('a', Buffer.from('other'))
      refuse('link', 'EPERM')
      expect(await failureOf(sink.commit())).to.deep.equal({ kind: 'exists', path: 'a' })
      await sink.discard()
      expect(await scratch.bytes('a')).to.deep.equal(Buffer.from('other'))
    })

    it('gives the name back when the move fails', async () => {
      const sink = await written()
      refuse('link', 'EPERM')
      refuse('rename', 'EIO')
      expect(await failureOf(sink.commit())).to.include({ kind: 'fileError', code: 'EIO' })
      await sink.discard()
      expect(await scratch.names()).to.deep.equal([])
    })

    it('is only tried when links are not supported', async () => {
      const sink = await written()
      refuse('link', 'EIO')
      const rename = sinon.spy(fs, 'rename')
      expect(await failureOf(sink.commit())).to.include({ kind: 'fileError', code: 'EIO' })
      expect(rename.called).to.equal(false)
      await sink.discard()
    })
  })

  onLinux('holds two descriptors while open, and none after', async () => {
    const before = await openDescriptors()
    for (const end of ['commit', 'discard'] as const) {
      const sink = await written(true)
      expect(await openDescriptors()).to.equal(before + 2)
      await sink[end]()
      expect(await openDescriptors()).to.equal(before)
    }
  })
}

type WriteSync = (to: number, from: Buffer, at: number, left: number, position: number) => number

function partOf(path: string, sizeBytes: number, mtimeUs: number): string {
  const target = idOf(path.split('/').at(-1)!)
  return `.ferrygram-${target}-${idOf(JSON.stringify([path, sizeBytes, mtimeUs]))}.part`
}

function lockOf(name: string): string {
  return `.ferrygram-${idOf(name)}.lock`
}

function idOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}
