import { execFileSync } from 'node:child_process'
import disk, { type PathLike } from 'node:fs'
import fs from 'node:fs/promises'
import { createServer } from 'node:net'
import { expect } from 'chai'
import sinon from 'sinon'
import { openDiskFolder } from '../../../adapters/files/disk-folder.ts'
import type { Folder } from '../../../adapters/files/folder.ts'
import {
  entryOf,
  failureOf,
  onLinux,
  onPosix,
  openDescriptors,
  Scratch,
  withDiskCallsAtOnce,
} from './support.ts'

describe('paths that would lead out of the folder', () => {
  withDiskCallsAtOnce()
  let scratch: Scratch
  let folder: Folder
  beforeEach(async () => {
    scratch = new Scratch()
    await scratch.set('outside/secret', Buffer.from('secret'))
    await scratch.set('root/sub/secret', Buffer.from('inside'))
    folder = await openDiskFolder(scratch.at('root'))
  })
  afterEach(async () => {
    sinon.restore()
    await scratch.remove()
  })

  function swapSubForALink(): void {
    disk.renameSync(scratch.at('root/sub'), scratch.at('root/moved'))
    disk.symlinkSync(scratch.at('outside'), scratch.at('root/sub'))
  }

  /**
   * Does `meanwhile` once, just before `call` is made on a path that ends in `end`, through the
   * thread pool or at once. The answer says whether it was.
   */
  function justBefore(call: 'open' | 'lstat', end: string, meanwhile: () => void): () => boolean {
    let isDone = false
    const stub = (owner: object, name: string) => {
      const calling = owner as Record<string, (path: PathLike, ...rest: unknown[]) => unknown>
      const original = calling[name]!
      sinon.stub(calling, name).callsFake((path, ...rest) => {
        if (!isDone && String(path).endsWith(end)) {
          isDone = true
          meanwhile()
        }
        return original.call(calling, path, ...rest)
      })
    }
    stub(fs, call)
    stub(disk, `${call}Sync`)
    return () => isDone
  }

  const ways = { 'through descriptors': process.platform, 'by path': 'freebsd' }
  for (const [way, platform] of Object.entries(ways)) {
    onPosix(`symlinks are not followed, be they folders or files (${way})`, async () => {
      sinon.stub(process, 'platform').value(platform)
      await fs.symlink(scratch.at('outside'), scratch.at('root/folder'))
      await fs.symlink(scratch.at('outside/secret'), scratch.at('root/file'))
      await fs.symlink('sub', scratch.at('root/within'))
      await fs.symlink('nowhere', scratch.at('root/dangling'))
      for (const path of ['folder/secret', 'file', 'within/secret', 'dangling', 'folder/new']) {
        const failure = { kind: 'notAFile', path }
        expect(await failureOf(folder.openSource(path))).to.deep.equal(failure)
        expect(await failureOf(folder.openSink(entryOf(path, 1), true))).to.deep.equal(failure)
        const state = await folder.look(entryOf(path, 1), true)
        expect(state).to.deep.equal({ kind: 'refused', failure })
      }
      expect(await scratch.names('outside')).to.deep.equal(['secret'])
    })
  }

  onPosix('a symlink where the part file goes is removed, not written through', async () => {
    const entry = entryOf('a', 3)
    const first = await folder.openSink(entry, false)
    const part = (await scratch.names('root')).find((name) => name.endsWith('.part'))!
    await first.discard()
    await fs.symlink(scratch.at('outside/secret'), scratch.at('root', part))
    const sink = await folder.openSink(entry, false)
    await sink.write(0, Buffer.from('abc'))
    await sink.commit()
    expect(await scratch.bytes('outside/secret')).to.deep.equal(Buffer.from('secret'))
    expect(await scratch.bytes('root/a')).to.deep.equal(Buffer.from('abc'))
  })

  onLinux('a folder swapped for a symlink just before it is entered is not entered', async () => {
    const isSwapped = justBefore('open', '/sub', swapSubForALink)
    const failure = { kind: 'notAFile', path: 'sub/secret' }
    expect(await failureOf(folder.openSource('sub/secret'))).to.deep.equal(failure)
    expect(isSwapped()).to.equal(true)
  })

  onLinux('a folder swapped for a symlink once entered is the one that was entered', async () => {
    const isSwapped = justBefore('lstat', '/secret', swapSubForALink)
    const source = await folder.openSource('sub/secret')
    expect(isSwapped()).to.equal(true)
    expect(await source.read(0, 6)).to.deep.equal(Buffer.from('inside'))
    await source.close()
  })

  onLinux('a file swapped for a symlink or a FIFO after the look is not opened', async () => {
    const path = scratch.at('root/a')
    const swaps = [() => disk.symlinkSync(scratch.at('outside/secret'), path), () => mkfifo(path)]
    for (const swap of swaps) {
      await scratch.set('root/a', Buffer.from('abc'))
      const isSwapped = justBefore('open', '/a', () => {
        disk.unlinkSync(path)
        swap()
      })
      const failure = { kind: 'notAFile', path: 'a' }
      expect(await failureOf(folder.openSource('a'))).to.deep.equal(failure)
      expect(isSwapped()).to.equal(true)
      sinon.restore()
      await fs.unlink(path)
    }
  })

  onLinux('a file is published in the folder where it was begun', async () => {
    const sink = await folder.openSink(entryOf('sub/new', 3), false)
    await sink.write(0, Buffer.from('abc'))
    swapSubForALink()
    await sink.commit()
    expect(await scratch.bytes('root/moved/new')).to.deep.equal(Buffer.from('abc'))
    expect(await scratch.names('outside')).to.deep.equal(['secret'])
    expect(await scratch.names('root/moved')).to.deep.equal(['new', 'secret'])
  })

  onPosix('what is no file is neither opened nor replaced: FIFO, socket', async () => {
    mkfifo(scratch.at('root/fifo'))
    const server = createServer().listen(scratch.at('root/socket'))
    await new Promise((resolve) => server.once('listening', resolve))
    const before = await openDescriptors().catch(() => 0)
    for (const path of ['fifo', 'socket']) {
      const failure = { kind: 'notAFile', path }
      expect(await failureOf(folder.openSource(path))).to.deep.equal(failure)
      expect(await failureOf(folder.openSink(entryOf(path, 1), true))).to.deep.equal(failure)
    }
    expect(await folder.list()).to.deep.equal([])
    expect(await openDescriptors().catch(() => 0)).to.equal(before)
    await new Promise((resolve) => server.close(resolve))
  })
})

function mkfifo(path: string): void {
  execFileSync('sh', ['-c', 'mkfifo "$0"', path])
}
