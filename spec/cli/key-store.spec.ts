import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'chai'
import { CommandError } from '../../cli/exit-codes.ts'
import { KeyStore } from '../../cli/key-store.ts'
import { formatKey, makeKey } from '../../cli/keys.ts'
import { type FakeIo, fakeIo } from './support/fake-io.ts'

const peer = { host: 'Server.example', port: 5005 }

describe('KeyStore', () => {
  let io: FakeIo
  let store: KeyStore

  beforeEach(async () => {
    io = await fakeIo()
    store = new KeyStore(io.configFolder)
  })
  afterEach(() => io.remove())

  it('has no key until one is made, and then keeps it', async () => {
    expect(await store.own()).to.equal(null)
    const made = await store.ownOrMade()
    expect(Buffer.from((await store.own())!)).to.deep.equal(Buffer.from(made))
    expect(Buffer.from(await store.ownOrMade())).to.deep.equal(Buffer.from(made))
  })

  it('makes one key however many ask at once', async () => {
    const made = await Promise.all(Array.from({ length: 10 }, () => store.ownOrMade()))
    expect(new Set(made.map(formatKey)).size).to.equal(1)
  })

  it('shows its files to nobody else, and leaves none behind', async () => {
    await store.ownOrMade()
    await store.remember(peer, makeKey())
    expect(await readdir(io.configFolder)).to.have.members(['key', 'remembered-keys.json'])
    if (process.platform === 'win32') return
    expect((await stat(io.configFolder)).mode & 0o777).to.equal(0o700)
    for (const name of await readdir(io.configFolder)) {
      expect((await stat(join(io.configFolder, name))).mode & 0o777, name).to.equal(0o600)
    }
  })

  it('rotates', async () => {
    const before = await store.ownOrMade()
    const after = await store.rotate()
    expect(formatKey(after)).not.to.equal(formatKey(before))
    expect(formatKey((await store.own())!)).to.equal(formatKey(after))
  })

  it('remembers a key for a host and port, whatever the case of the name', async () => {
    const key = makeKey()
    const other = makeKey()
    await store.remember(peer, other)
    await store.remember({ host: '::1', port: 5005 }, other)
    await store.remember(peer, key)
    const again = { host: 'server.EXAMPLE', port: 5005 }
    expect(formatKey((await store.rememberedFor(again))!)).to.equal(formatKey(key))
    expect(await store.rememberedFor({ ...peer, port: 5006 })).to.equal(null)
    const file = await readFile(join(io.configFolder, 'remembered-keys.json'), 'utf8')
    expect(Object.keys(JSON.parse(file))).to.deep.equal(['server.example:5005', '[::1]:5005'])
  })

  const damages: readonly (readonly [string, string])[] = [
    ['no JSON', '{'],
    ['another shape', '{"server.example:5005": 5}'],
    ['a mistyped key', '{"server.example:5005": "ABCD"}'],
  ]
  for (const [what, text] of damages) {
    it(`says that its file is damaged when it holds ${what}`, async () => {
      await mkdir(io.configFolder)
      await writeFile(join(io.configFolder, 'remembered-keys.json'), text)
      await expectRefusal(store.rememberedFor(peer), /remembered-keys\.json is damaged/)
    })
  }

  it('says that the own key is damaged, and rotates it all the same', async () => {
    await mkdir(io.configFolder)
    await writeFile(join(io.configFolder, 'key'), 'ABCD')
    await expectRefusal(store.ownOrMade(), /key is damaged.*rotate/)
    expect(formatKey(await store.rotate())).to.equal(formatKey(await store.ownOrMade()))
  })

  it('says that the folder cannot be used', async () => {
    await writeFile(io.configFolder, 'a file in its way')
    await expectRefusal(store.ownOrMade(), /Cannot read .*ENOTDIR/)
  })
})

async function expectRefusal(work: Promise<unknown>, message: RegExp): Promise<void> {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  expect(error).to.be.instanceOf(CommandError)
  expect(error).to.have.property('message').that.matches(message)
}
