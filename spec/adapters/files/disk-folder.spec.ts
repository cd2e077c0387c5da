import { execFileSync } from 'node:child_process'
import fs from 'node:fs/promises'
import { expect } from 'chai'
import sinon from 'sinon'
import { openDiskFolder } from '../../../adapters/files/disk-folder.ts'
import type { Folder } from '../../../adapters/files/folder.ts'
import { NAME_BYTES_MAX } from '../../../machines/limits.ts'
import { type Bench, keepsTheContract } from './contract.ts'
import {
  asNobody,
  entryOf,
  failureOf,
  onLinux,
  onPosix,
  openDescriptors,
  Scratch,
} from './support.ts'

async function openBench(options = {}): Promise<Bench> {
  const scratch = new Scratch()
  return {
    folder: await openDiskFolder(scratch.root, options),
    set: (path, bytes, mtimeUs) => scratch.set(path, bytes, mtimeUs),
    bytes: (path) => scratch.bytes(path),
    close: () => scratch.remove(),
  }
}

describe('disk folder', () => keepsTheContract(openBench))

describe('disk folder, where names cannot be reached through descriptors', () => {
  before(() => sinon.stub(process, 'platform').value('freebsd'))
  after(() => sinon.restore())
  keepsTheContract(openBench)
})

describe('disk folder, for real', () => {
  let scratch: Scratch
  let folder: Folder
  beforeEach(async () => {
    scratch = new Scratch()
    folder = await openDiskFolder(scratch.root)
  })
  afterEach(() => scratch.remove())

  it('opens folders alone', async () => {
    await scratch.set('file', Buffer.alloc(1))
    const missing = scratch.at('missing')
    const file = scratch.at('file')
    expect(await failureOf(openDiskFolder(missing))).to.eql({ kind: 'noSuchFile', path: missing })
    const failure = { kind: 'fileError', path: file, code: 'ENOTDIR' }
    expect(await failureOf(openDiskFolder(file))).to.deep.equal(failure)
  })

  it('may itself be reached through a symlink, that is its owner’s choice', async () => {
    await scratch.set('real/a', Buffer.from('abc'))
    await fs.symlink(scratch.at('real'), scratch.at('link'))
    const linked = await openDiskFolder(scratch.at('link'))
    expect((await linked.list()).map(({ path }) => path)).to.deep.equal(['a'])
  })

  it('keeps names byte for byte, there and back', async () => {
    const names = ['- dash', 'UPPER', 'upper', ' lead', 'ä', '😀', "a'b", 'e\u0301', '\u202egpj']
    const posix = ['???', 'a\\b', 'a:b', 'con', 'dot.', 'space ', 'x'.repeat(NAME_BYTES_MAX)]
    const all = process.platform === 'linux' ? [...names, ...posix] : ['- dash', ' lead', '😀']
    for (const name of all) {
      const bytes = Buffer.from(name)
      const sink = await folder.openSink(entryOf(name, bytes), false)
      await sink.write(0, bytes)
      await sink.commit()
      const source = await folder.openSource(name)
      expect(await source.read(0, bytes.length)).to.deep.equal(bytes)
      await source.close()
    }
    expect(await scratch.names()).to.deep.equal(all.sort())
    expect((await folder.list()).map(({ path }) => path)).to.deep.equal(all)
  })

  it('reads into what it is given, and not beyond', async () => {
    await scratch.set('a', Buffer.from('abcdef'))
    const source = await folder.openSource('a')
    const into = Buffer.alloc(6, '.')
    expect((await source.read(1, 3, into)).toString()).to.equal('bcd')
    expect(into.toString()).to.equal('bcd...')
    expect((await source.read(2, 4)).toString()).to.equal('cdef')
    expect(into.toString()).to.equal('bcd...')
    await source.close()
  })

  it('refuses a name of one byte too many', async () => {
    const path = 'x'.repeat(NAME_BYTES_MAX + 1)
    expect(await failureOf(folder.openSource(path))).to.include({ kind: 'badName' })
    expect(await failureOf(folder.openSink(entryOf(path, 0), false))).to.include({
      kind: 'badName',
    })
  })

  it('stores every microsecond it is told', async () => {
    const seconds = [0, 1, 951_782_400, 1_700_000_000, 2_147_483_648, 4_102_444_800]
    const parts = [0, 1, 123_457, 499_999, 500_000, 999_999]
    const times = seconds.flatMap((second) => parts.map((us) => second * 1e6 + us))
    for (const mtimeUs of [...times, -1, -999_999, -1_500_001]) {
      const entry = entryOf('a', 0, mtimeUs)
      const sink = await folder.openSink(entry, true)
      await sink.commit()
      expect(await folder.list()).to.deep.equal([entry])
    }
  })

  it('cuts nanoseconds down to the microsecond before them', async () => {
    for (const [iso, mtimeUs] of [
      ['1970-01-01T00:00:01.000001999Z', 1_000_001],
      ['1969-12-31T23:59:58.999999001Z', -1_000_001],
    ] as const) {
      execFileSync('touch', ['-d', iso, scratch.at('a')])
      expect((await folder.list())[0]).to.include({ mtimeUs })
    }
  })

  onLinux('lists more files than it looks at in one go, and passes over what is none', async () => {
    const names = Array.from({ length: 300 }, (_, i) => `file ${String(i).padStart(3, '0')}`)
    await Promise.all(names.map((name) => fs.writeFile(scratch.at(name), name)))
    await fs.mkdir(scratch.at('folder'))
    await fs.symlink('file 001', scratch.at('link'))
    await fs.symlink('nowhere', scratch.at('dangling'))
    await fs.writeFile(scratch.at('bell\x07'), '')
    await fs.writeFile(scratch.at('.ferrygram-0123456789abcdef.part'), '')
    await fs.writeFile(Buffer.concat([Buffer.from(scratch.at('not utf-8 ')), Buffer.of(0xff)]), '')
    await fs.writeFile(scratch.at('not utf-8 \ufffd'), '')
    const listed = (await folder.list()).map(({ path }) => path)
    expect(listed).to.deep.equal([...names, 'not utf-8 \ufffd'])
  })

  onPosix('says permissionDenied where file modes deny', async () => {
    const failure = { kind: 'permissionDenied', path: 'sub/a' }
    await scratch.set('sub/a', Buffer.from('abc'))
    await fs.chmod(scratch.root, 0o755)
    await fs.chmod(scratch.at('sub/a'), 0)
    await fs.chmod(scratch.at('sub'), 0o555)
    await asNobody(async () => {
      expect(await failureOf(folder.openSource('sub/a'))).to.deep.equal(failure)
      expect(await failureOf(folder.openSink(entryOf('sub/a', 1), true))).to.deep.equal(failure)
    })
    await fs.chmod(scratch.at('sub'), 0)
    await asNobody(async () => {
      expect(await failureOf(folder.openSource('sub/a'))).to.deep.equal(failure)
      const state = await folder.look(entryOf('sub/a', 1), true)
      expect(state).to.deep.equal({ kind: 'refused', failure })
      expect(await failureOf(openDiskFolder(scratch.at('sub')))).to.include({
        kind: 'permissionDenied',
      })
    })
    await fs.chmod(scratch.at('sub'), 0o755)
  })

  onLinux('that vanishes under way fails by name and leaves nothing open', async () => {
    const before = await openDescriptors()
    await scratch.set('a', Buffer.from('abc'))
    const source = await folder.openSource('a')
    const sink = await folder.openSink(entryOf('b', 3), false)
    await sink.write(0, Buffer.from('abc'))
    await scratch.remove()
    expect(await failureOf(source.verify())).to.include({ kind: 'sourceChanged', path: 'a' })
    expect(await failureOf(sink.commit())).to.include({ kind: 'noSuchFile', path: 'b' })
    expect(await failureOf(folder.list())).to.include({ kind: 'noSuchFile' })
    expect(await failureOf(folder.openSource('a'))).to.include({ kind: 'noSuchFile', path: 'a' })
    expect(await failureOf(folder.openSink(entryOf('c', 3), false))).to.include({
      kind: 'noSuchFile',
    })
    await Promise.all([source.close(), sink.discard()])
    expect((await folder.look(entryOf('b', 3), false)).kind).to.equal('refused')
    expect(await openDescriptors()).to.equal(before)
  })

  it('knows a target as busy through whichever folder it is reached', async () => {
    await scratch.set('sub/other', Buffer.alloc(0))
    const sub = await openDiskFolder(scratch.at('sub'))
    const sink = await sub.openSink(entryOf('a', 1), false)
    const failure = { kind: 'busy', path: 'sub/a' }
    expect(await failureOf(folder.openSink(entryOf('sub/a', 1), false))).to.deep.equal(failure)
    await sink.discard()
    const other = await folder.openSink(entryOf('sub/a', 1), false)
    await other.discard()
  })
})
