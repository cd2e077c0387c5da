import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import calls from 'node:fs'
import fs from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import sinon from 'sinon'
import { openDiskFolder } from '../../../adapters/files/disk-folder.ts'
import { isLocked, takeLock } from '../../../adapters/files/lock.ts'
import { partNamesOf } from '../../../adapters/files/part-names.ts'
import { type Directory, openDirectory } from '../../../adapters/files/walk.ts'
import { RECORD_BYTES, UNSYNCED_BYTES_MAX } from '../../../machines/limits.ts'
import { writeRecord } from './resume-contract.ts'
import { entryOf, failureOf, onLinux, Scratch } from './support.ts'

describe('lock', () => {
  const name = '.ferrygram-0123456789abcdef.lock'
  const other = '.ferrygram-fedcba9876543210.lock'
  let scratch: Scratch
  let directory: Directory
  beforeEach(async () => {
    scratch = new Scratch()
    directory = await openDirectory(scratch.root, [])
  })
  afterEach(async () => {
    sinon.restore()
    await directory.close()
    await scratch.remove()
  })

  async function isFree(): Promise<boolean> {
    const locked = await isLocked(directory, name)
    const lock = await takeLock(directory, name)
    expect(lock === null).to.equal(locked)
    await lock?.release()
    return lock !== null
  }

  it('is held by one, until released', async () => {
    const lock = await takeLock(directory, name)
    expect(await lock!.isHeld()).to.equal(true)
    expect(await isFree()).to.equal(false)
    await lock!.release()
    expect(await scratch.names()).to.deep.equal([])
    expect(await lock!.isHeld()).to.equal(false)
    expect(await isFree()).to.equal(true)
  })

  onLinux('shares its symlink with the others of its process in a folder', async () => {
    const first = await takeLock(directory, other)
    const symlink = sinon.spy(calls, 'symlinkSync')
    const lock = await takeLock(directory, name)
    expect(symlink.called).to.equal(false)
    await first!.release()
    expect(await scratch.names()).to.deep.equal([name])
    expect(await lock!.isHeld()).to.equal(true)
    expect(await isFree()).to.equal(false)
    await lock!.release()
    expect(await scratch.names()).to.deep.equal([])
  })

  it('shares nothing with one that another process has taken away', async () => {
    const first = await takeLock(directory, other)
    await fs.unlink(scratch.at(other))
    await fs.symlink(`${process.ppid} 5\n`, scratch.at(other))
    const lock = await takeLock(directory, name)
    expect(await lock!.isHeld()).to.equal(true)
    expect(await first!.isHeld()).to.equal(false)
    await Promise.all([first!.release(), lock!.release()])
    expect(await scratch.names()).to.deep.equal([other])
  })

  it('is a file where there are no symlinks', async () => {
    for (const code of ['EPERM', 'EINVAL', 'ENOSYS']) {
      sinon.stub(calls, 'symlinkSync').throws(Object.assign(new Error(code), { code }))
      const lock = await takeLock(directory, name)
      expect((await fs.lstat(scratch.at(name))).isFile()).to.equal(true)
      expect(await lock!.isHeld()).to.equal(true)
      expect(await isFree()).to.equal(false)
      await lock!.release()
      expect(await isFree()).to.equal(true)
      sinon.restore()
    }
  })

  it('goes to one of two who ask at the same moment, also for a dead one’s', async () => {
    for (const content of [null, '999999999 1\n']) {
      if (content !== null) await fs.writeFile(scratch.at(name), content)
      const both = await Promise.all([takeLock(directory, name), takeLock(directory, name)])
      const taken = both.filter((lock) => lock !== null)
      expect(taken).to.have.length(1)
      await taken[0]!.release()
      expect(await scratch.names()).to.deep.equal([])
    }
  })

  it('is free when it names the dead, this process without its knowledge, or nobody', async () => {
    const left = ['999999999 1\n', `${process.pid} 1\n`, '', 'nonsense', 'x'.repeat(1_000)]
    for (const content of left) {
      await fs.writeFile(scratch.at(name), content)
      await fs.utimes(scratch.at(name), 0, 0)
      expect(await isFree(), content).to.equal(true)
    }
  })

  it('is not free while another process is about to sign it: 10 s', async () => {
    await fs.writeFile(scratch.at(name), '')
    for (const [seconds, free] of [
      [9, false],
      [11, true],
    ] as const) {
      const at = new Date(Date.now() - seconds * 1_000)
      await fs.utimes(scratch.at(name), at, at)
      expect(await isFree()).to.equal(free)
    }
  })

  onLinux('is not kept by a process number that was given out again', async () => {
    const stat = await fs.readFile(`/proc/${process.ppid}/stat`, 'latin1')
    const started = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
    await fs.writeFile(scratch.at(name), `${process.ppid} ${started}\n`)
    expect(await isFree()).to.equal(false)
    await fs.writeFile(scratch.at(name), `${process.ppid} ${Number(started) + 1}\n`)
    expect(await isFree()).to.equal(true)
  })

  it('of one who was faster is given back', async () => {
    await fs.writeFile(scratch.at(name), '999999999 1\n')
    const faster = `${process.ppid} 5\n`
    const rename = fs.rename
    sinon.stub(fs, 'rename').callsFake(async (from, to) => {
      await fs.writeFile(scratch.at(name), faster)
      await rename(from, to)
    })
    expect(await takeLock(directory, name)).to.equal(null)
    expect(await scratch.names()).to.deep.equal([name])
    expect(await fs.readlink(scratch.at(name))).to.equal(faster)
  })

  it('that was taken away stays with the other, who alone journals and publishes', async () => {
    const folder = await openDiskFolder(scratch.root)
    const bytes = Buffer.alloc(2 * RECORD_BYTES)
    const entry = entryOf('a', bytes)
    const sink = await folder.openSink(entry, false)
    await sink.write(0, bytes)
    const { lock, part } = partNamesOf(entry)
    await fs.unlink(scratch.at(lock))
    await fs.writeFile(scratch.at(lock), `${process.ppid} 5\n`)
    expect(await failureOf(sink.commit())).to.deep.equal({ kind: 'busy', path: 'a' })
    await sink.suspend()
    expect(await scratch.names()).to.deep.equal([part, lock].sort())
  })
})

describe('two processes', () => {
  let scratch: Scratch
  let child: ChildProcess | null = null
  beforeEach(() => {
    scratch = new Scratch()
  })
  afterEach(async () => {
    child?.kill('SIGKILL')
    await scratch.remove()
  })

  it('one is told busy; when the other is killed, it goes on where that was', async () => {
    const records = Math.ceil(UNSYNCED_BYTES_MAX / RECORD_BYTES)
    const entry = entryOf('large', (records + 2) * RECORD_BYTES)
    child = spawn(
      process.execPath,
      [
        ...['--import', 'tsx', fileURLToPath(new URL('holder.ts', import.meta.url))],
        ...[scratch.root, JSON.stringify(entry), String(RECORD_BYTES), String(records + 1)],
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    await once(child.stdout!, 'data')
    const folder = await openDiskFolder(scratch.root)
    const failure = { kind: 'busy', path: 'large' }
    expect(await folder.look(entry, false)).to.deep.equal({ kind: 'refused', failure })
    expect(await failureOf(folder.openSink(entry, false))).to.deep.equal(failure)
    const otherVersion = entryOf('large', 5)
    expect(await folder.look(otherVersion, false)).to.deep.equal({ kind: 'refused', failure })
    expect(await failureOf(folder.openSink(otherVersion, true))).to.deep.equal(failure)
    const { journal } = partNamesOf(entry)
    while ((await scratch.bytes(journal)) === undefined) await folder.list()
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(await scratch.bytes('large')).to.equal(undefined)
    expect(await folder.look(entry, false)).to.deep.equal({
      kind: 'free',
      stored: [0, records - 1],
    })
    const sink = await folder.openSink(entry, false)
    expect(sink.stored).to.deep.equal([0, records - 1])
    const expected = Buffer.concat(
      Array.from({ length: records + 2 }, (_, record) => Buffer.alloc(RECORD_BYTES, record)),
    )
    for (const record of [records, records + 1]) await writeRecord(sink, expected, record)
    await sink.commit()
    expect((await scratch.bytes('large'))?.equals(expected)).to.equal(true)
    expect(await scratch.names()).to.deep.equal(['large'])
  })
})
