import disk, { existsSync, readFileSync } from 'node:fs'
import fs from 'node:fs/promises'
import { expect } from 'chai'
import sinon from 'sinon'
import { openDiskFolder } from '../../../adapters/files/disk-folder.ts'
import { failureOf } from '../../../adapters/files/errors.ts'
import type { Folder } from '../../../adapters/files/folder.ts'
import { decodeJournal } from '../../../adapters/files/journal.ts'
import { partNamesOf } from '../../../adapters/files/part-names.ts'
import { FailureError } from '../../../machines/failures.ts'
import { RECORD_BYTES } from '../../../machines/limits.ts'
import { writeRecord } from './resume-contract.ts'
import {
  entryOf,
  fileHandle,
  openDescriptors,
  Scratch,
  someBytes,
  withDiskCallsAtOnce,
} from './support.ts'

/** The calls a folder makes of the disk; closing is left out, since it must never fail to happen. */
const ON_PATHS = [
  ...['open', 'lstat', 'link', 'rename', 'unlink', 'readdir', 'writeFile'],
  ...['symlink', 'readlink'],
] as const
const ON_HANDLES = ['stat', 'sync', 'datasync', 'writev', 'writeFile', 'read'] as const

/** The same calls where they are made at once. */
const AT_ONCE = [
  ...['lstatSync', 'readlinkSync', 'linkSync', 'symlinkSync', 'unlinkSync'],
  ...['fstatSync', 'futimesSync', 'openSync', 'readSync', 'writeSync'],
] as const

/** And those that take the thread pool, and call back. */
const CALLING_BACK = ['fsync'] as const

type DiskCall = (...all: unknown[]) => unknown

/** Makes call number `nth` from now fail with EIO; the answer counts the calls made. */
async function failNth(nth: number, beforeEach: () => void): Promise<() => number> {
  const prototype = await fileHandle()
  let calls = 0
  let isLooking = false
  const failing = (object: object, name: string) => {
    const calling = object as Record<string, DiskCall>
    const original = calling[name]!
    sinon.stub(calling, name).callsFake(function (this: unknown, ...all: unknown[]) {
      if (isLooking) return original.apply(this, all)
      calls += 1
      isLooking = true
      beforeEach()
      isLooking = false
      if (calls !== nth) return original.apply(this, all)
      const error = Object.assign(new Error('EIO'), { code: 'EIO' })
      if (name.endsWith('Sync')) throw error
      const told = all.at(-1)
      if (typeof told === 'function') return told(error)
      return Promise.reject(error)
    })
  }
  for (const name of [...AT_ONCE, ...CALLING_BACK]) failing(disk, name)
  for (const name of ON_PATHS) failing(fs, name)
  for (const name of ON_HANDLES) failing(prototype, name)
  return () => calls
}

describe('every single disk fault', () => {
  withDiskCallsAtOnce()
  const old = Buffer.from('old')
  const fresh = Buffer.from('fresh')
  const entry = entryOf('a', fresh)
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

  /**
   * Runs `work` with its first disk call failing, then its second, until none is left to fail.
   * Says how it ended each time: null, or the kind of failure.
   */
  async function tryEach(
    work: () => Promise<unknown>,
    before = async () => {},
    after = async (_kind: string | null) => {},
    beforeEachCall = () => {},
  ): Promise<readonly (string | null)[]> {
    let descriptors = await openDescriptors().catch(() => 0)
    const ends: (string | null)[] = []
    for (let nth = 1, isDone = false; !isDone; nth++) {
      await before()
      const calls = await failNth(nth, beforeEachCall)
      const error: unknown = await work().then(
        () => null,
        (reason: unknown) => reason,
      )
      isDone = calls() < nth
      sinon.restore()
      if (error !== null) expect(error).to.be.instanceOf(FailureError)
      const kind = error instanceof FailureError ? error.failure.kind : null
      await after(kind)
      const now = await openDescriptors().catch(() => 0)
      // Others may close theirs meanwhile: the loader does at the start.
      expect(now, `after call ${nth}`).to.be.at.most(descriptors)
      descriptors = now
      ends.push(kind)
    }
    return ends
  }

  for (const replace of [false, true]) {
    const how = replace ? 'replacing' : 'anew'
    it(`while storing ${how}: a reader sees the old state or the whole file`, async () => {
      const seen = new Set<string>()
      const look = () => {
        try {
          seen.add(readFileSync(scratch.at('a'), 'latin1'))
        } catch {
          seen.add('nothing')
        }
      }
      const store = async () => {
        const sink = await folder.openSink(entry, replace)
        try {
          await sink.write(0, fresh)
          await sink.commit()
        } finally {
          await sink.discard()
        }
      }
      const before = async () => {
        await scratch.clear()
        if (replace) await scratch.set('a', old)
      }
      const after = async (kind: string | null) => {
        look()
        if (kind === null) expect(await scratch.bytes('a')).to.deep.equal(fresh)
        expect((await folder.list()).length).to.be.at.most(1)
        expect(await folder.look(entryOf('a', 99), true)).to.deep.equal({
          kind: 'free',
          stored: [],
        })
        await store()
        expect(await scratch.names()).to.deep.equal(['a'])
      }
      const ends = await tryEach(store, before, after, look)
      expect([...seen].sort()).to.deep.equal(['fresh', replace ? 'old' : 'nothing'])
      expect(ends.length).to.be.greaterThan(10)
      expect(ends.at(-1)).to.equal(null)
      expect(ends.filter((end) => end === 'fileError').length).to.be.greaterThan(6)
    })
  }

  it('while resuming: what is journaled was synced, and a reader sees all or nothing', async () => {
    const bytes = someBytes(3 * RECORD_BYTES)
    const version = entryOf('a', bytes)
    const { part, journal } = partNamesOf(version)
    const prototype = await fileHandle()
    const { datasync } = prototype
    let synced = Buffer.alloc(0)
    prototype.datasync = async function (this: fs.FileHandle) {
      await datasync.call(this)
      synced = readFileSync(scratch.at(part))
    }
    const receive = async (records: readonly number[], end: 'suspend' | 'commit') => {
      const sink = await folder.openSink(version, false)
      try {
        for (const record of records) await writeRecord(sink, bytes, record)
        await sink[end]()
      } finally {
        await sink.suspend()
      }
    }
    const check = () => {
      const file = existsSync(scratch.at('a')) ? readFileSync(scratch.at('a')) : bytes
      expect(file.equals(bytes), 'a file under its name').to.equal(true)
      if (!existsSync(scratch.at(journal))) return
      const stored = decodeJournal(readFileSync(scratch.at(journal)), version)
      expect(stored, 'a journal').to.not.deep.equal([])
      for (let i = 0; i < stored.length; i += 2) {
        const [from, to] = [stored[i]! * RECORD_BYTES, (stored[i + 1]! + 1) * RECORD_BYTES]
        expect(synced.subarray(from, to).equals(bytes.subarray(from, to))).to.equal(true)
      }
    }
    const finish = async () => {
      check()
      if ((await folder.look(version, false)).kind !== 'identical') {
        await receive([0, 1, 2], 'commit')
      }
      await openDiskFolder(scratch.root)
      expect(await scratch.names()).to.deep.equal(['a'])
      check()
    }
    const transfer = async () => {
      await receive([0, 2], 'suspend')
      await receive([1, 0, 2], 'commit')
    }
    try {
      const ends = await tryEach(transfer, () => scratch.clear(), finish, check)
      expect(ends.length).to.be.greaterThan(40)
      expect(ends.filter((end) => end === 'fileError').length).to.be.greaterThan(15)
    } finally {
      prototype.datasync = datasync
    }
  })

  it('while sending: a named failure', async () => {
    await scratch.set('sub/a', fresh)
    const ends = await tryEach(async () => {
      const source = await folder.openSource('sub/a')
      try {
        await source.read(0, fresh.length)
        await source.verify()
      } finally {
        await source.close()
      }
    })
    // root, sub, look, open, stat, read, verify
    expect(ends).to.deep.equal([...Array(7).fill('fileError'), null])
  })

  it('while listing: a named failure, or the one file passed over', async () => {
    await scratch.set('a', old)
    await scratch.set('b', old)
    const lengths: number[] = []
    const ends = await tryEach(async () => lengths.push((await folder.list()).length))
    expect(ends).to.deep.equal(['fileError', 'fileError', null, null, null])
    expect(lengths).to.deep.equal([1, 1, 2])
  })

  it('while looking: refused', async () => {
    const kinds: string[] = []
    await tryEach(async () => kinds.push((await folder.look(entry, false)).kind))
    // root, target; lock and journal then count as missing
    expect(kinds.slice(0, 3)).to.deep.equal(['refused', 'refused', 'free'])
    expect(new Set(kinds.slice(2))).to.deep.equal(new Set(['free']))
  })
})

describe('what the system says', () => {
  it('is told as the failure it means', () => {
    const kinds: Record<string, readonly string[]> = {
      noSuchFile: ['ENOENT'],
      notAFile: ['ENOTDIR', 'EISDIR', 'ELOOP', 'ENXIO'],
      exists: ['EEXIST'],
      noSpace: ['ENOSPC', 'EDQUOT'],
      permissionDenied: ['EACCES', 'EPERM', 'EROFS'],
      badName: ['ENAMETOOLONG'],
    }
    for (const [kind, codes] of Object.entries(kinds)) {
      for (const code of codes) {
        const failure = failureOf(Object.assign(new Error('x'), { code }), 'the/path')
        expect(failure).to.include({ kind, path: 'the/path' })
      }
    }
  })

  it('keeps its code when it means nothing in particular', () => {
    const failure = { kind: 'fileError', path: 'a', code: 'EIO' }
    expect(failureOf(Object.assign(new Error('x'), { code: 'EIO' }), 'a')).to.deep.equal(failure)
    expect(failureOf(new RangeError('x'), 'a')).to.deep.equal({ ...failure, code: 'RangeError' })
    expect(failureOf('gone', 'a')).to.deep.equal({ ...failure, code: 'gone' })
  })
})
