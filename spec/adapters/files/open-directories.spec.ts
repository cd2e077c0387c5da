import fs from 'node:fs/promises'
import { expect } from 'chai'
import sinon, { type SinonFakeTimers } from 'sinon'
import { OpenDirectories } from '../../../adapters/files/open-directories.ts'
import { onLinux, openDescriptors, Scratch } from './support.ts'

describe('open directories', () => {
  let scratch: Scratch
  let open: OpenDirectories
  let clock: SinonFakeTimers
  beforeEach(async () => {
    scratch = new Scratch()
    await scratch.set('sub/a', Buffer.alloc(1))
    open = new OpenDirectories(scratch.root)
    clock = sinon.useFakeTimers({ toFake: ['performance'] })
  })
  afterEach(async () => {
    sinon.restore()
    await scratch.remove()
  })

  onLinux(
    'are opened once for all who are in one at a time, and closed with the last',
    async () => {
      const before = await openDescriptors()
      const parents = await Promise.all(['sub/a', 'sub/b'].map((path) => open.parentOf(path)))
      expect(parents.map(({ name }) => name)).to.deep.equal(['a', 'b'])
      expect(await openDescriptors()).to.equal(before + 1)
      const [first, last] = parents
      await Promise.all([first!.directory.close(), first!.directory.close()])
      expect(await fs.readdir(last!.directory.at('.'))).to.deep.equal(['a'])
      await last!.directory.close()
      expect(await openDescriptors()).to.equal(before)
    },
  )

  it('are walked to anew after 100 ms, on both sides of it', async () => {
    const { directory: old } = await open.parentOf('sub/a')
    await fs.rename(scratch.at('sub'), scratch.at('moved'))
    await fs.mkdir(scratch.at('sub'))
    clock.tick(99)
    const { directory: shared } = await open.parentOf('sub/a')
    expect(await shared.identity()).to.equal(await old.identity())
    clock.tick(1)
    const { directory: fresh } = await open.parentOf('sub/a')
    expect(await fresh.identity()).to.not.equal(await old.identity())
    await Promise.all([old, shared, fresh].map((directory) => directory.close()))
  })

  it('that cannot be entered are tried again by the next who asks', async () => {
    const error: unknown = await open.parentOf('none/a').catch((reason: unknown) => reason)
    expect(error).to.have.property('code', 'ENOENT')
    await fs.mkdir(scratch.at('none'))
    const { directory } = await open.parentOf('none/a')
    expect(await fs.readdir(directory.at('.'))).to.deep.equal([])
    await directory.close()
  })
})
