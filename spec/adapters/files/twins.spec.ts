import disk, { readdirSync } from 'node:fs'
import fs from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { expect } from 'chai'
import sinon from 'sinon'
import { openDiskFolder } from '../../../adapters/files/disk-folder.ts'
import type { Folder, Sink } from '../../../adapters/files/folder.ts'
import { entryOf, failureOf, onLinux, Scratch, withDiskCallsAtOnce } from './support.ts'

type PathCall = (...all: unknown[]) => unknown

/** Makes every folder take names for one that `fold` makes equal, keeping how they were spelled first. */
function foldNames(fold: (name: string) => string): void {
  const folded = (path: unknown): string => {
    const place = String(path)
    const name = basename(place)
    let names: string[] = []
    try {
      names = readdirSync(dirname(place))
    } catch {}
    return `${dirname(place)}/${names.find((other) => fold(other) === fold(name)) ?? name}`
  }
  const calls = { lstat: 1, open: 1, link: 2, rename: 2, unlink: 1, readlink: 1 } as const
  const atOnce = { lstatSync: 1, openSync: 1, linkSync: 2, unlinkSync: 1, readlinkSync: 1 } as const
  for (const [name, paths] of Object.entries({ ...calls, ...atOnce })) {
    const calling = (name.endsWith('Sync') ? disk : fs) as unknown as Record<string, PathCall>
    const original = calling[name]!
    sinon.stub(calling, name).callsFake((...all) => {
      return original(...all.slice(0, paths).map(folded), ...all.slice(paths))
    })
  }
}

const folds: Record<string, { readonly fold: (name: string) => string; readonly twins: string[] }> =
  {
    'case, in ASCII': { fold: (name) => name.toLowerCase(), twins: ['Foo.txt', 'foo.txt'] },
    'case, beyond ASCII': { fold: (name) => name.toLowerCase(), twins: ['ÄÖ', 'äÖ'] },
    'case, where one letter is as long as two': {
      fold: (name) => name.toUpperCase(),
      twins: ['straße', 'STRASSE'],
    },
    'Unicode forms': { fold: (name) => name.normalize('NFD'), twins: ['\u00e9', 'e\u0301'] },
    'both, as macOS does': {
      fold: (name) => name.normalize('NFD').toLowerCase(),
      twins: ['\u00c9tude', 'e\u0301tude'],
    },
  }

describe('twins', () => {
  withDiskCallsAtOnce()
  const bytes = Buffer.from('fresh')
  const old = Buffer.from('old')
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

  async function written(path: string, replace: boolean): Promise<Sink> {
    const sink = await folder.openSink(entryOf(path, bytes), replace)
    await sink.write(0, bytes)
    return sink
  }

  function badName(path: string) {
    const why = 'it differs from a name that is there in nothing that this file system tells apart'
    return { kind: 'badName', path, why }
  }

  for (const [what, { fold, twins }] of Object.entries(folds)) {
    const [there, asked] = twins as [string, string]
    it(`are refused by name where a file system folds ${what}`, async () => {
      await scratch.set(there, old)
      foldNames(fold)
      for (const replace of [false, true]) {
        const failure = badName(asked)
        const state = await folder.look(entryOf(asked, bytes), replace)
        expect(state).to.deep.equal({ kind: 'refused', failure })
        expect(await failureOf(folder.openSink(entryOf(asked, bytes), replace))).to.eql(failure)
      }
      expect(await folder.look(entryOf(asked, old, 0), false)).to.have.property('kind', 'refused')
      expect(await folder.look(entryOf(there, old, 0), false)).to.have.property('kind', 'identical')
      await (await written(there, true)).commit()
      sinon.restore()
      expect(await scratch.names()).to.deep.equal([there])
      expect(await scratch.bytes(there)).to.deep.equal(bytes)
    })

    it(`that come while a file is received are not clobbered (${what})`, async () => {
      foldNames(fold)
      for (const replace of [false, true]) {
        const sink = await written(asked, replace)
        await scratch.set(there, old)
        expect(await failureOf(sink.commit())).to.deep.equal(badName(asked))
        await sink.discard()
        expect(await scratch.names()).to.deep.equal([there])
        expect(await scratch.bytes(there)).to.deep.equal(old)
        await scratch.clear()
      }
    })

    onLinux(`are two files where nothing folds ${what}`, async () => {
      for (const name of twins) await (await written(name, true)).commit()
      for (const name of twins) await (await written(name, true)).commit()
      expect(await scratch.names()).to.deep.equal([...twins].sort())
    })
  }

  onLinux('may be one file under two names, each its own', async () => {
    await scratch.set('foo', old)
    await fs.link(scratch.at('foo'), scratch.at('Foo'))
    await (await written('Foo', true)).commit()
    expect(await scratch.bytes('foo')).to.deep.equal(old)
    expect(await scratch.bytes('Foo')).to.deep.equal(bytes)
  })

  it('among folders do not lead to the file of another path', async () => {
    await scratch.set('Sub/a', old)
    foldNames((name) => name.toLowerCase())
    const entry = entryOf('sub/a', bytes)
    const failure = badName('sub/a')
    expect(await folder.look(entry, true)).to.deep.equal({ kind: 'refused', failure })
    expect(await failureOf(folder.openSink(entry, true))).to.deep.equal(failure)
    expect(await folder.look(entryOf('Sub/a', bytes), true)).to.have.property('kind', 'free')
  })

  it('cost one more look where a file is there, and the reading of no folder', async () => {
    await scratch.set('some file', old)
    const readdir = sinon.spy(fs, 'readdir')
    const lstat = sinon.spy(fs, 'lstat')
    await folder.look(entryOf('some file', bytes), true)
    expect(readdir.callCount).to.equal(0)
    expect(lstat.args.map(([place]) => basename(String(place)))).to.include('SOME FILE')
    await folder.look(entryOf('none', bytes), true)
    expect(lstat.args.map(([place]) => basename(String(place)))).to.not.include('NONE')
  })
})
