import { writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { type FoundKey, findKey, serverKey } from '../../cli/find-key.ts'
import { KeyStore } from '../../cli/key-store.ts'
import { formatKey, makeKey } from '../../cli/keys.ts'
import { Output } from '../../cli/output.ts'
import { type FakeIo, fakeIo } from './support/fake-io.ts'

const far = { host: 'server.example', port: 5005 }
const near = { host: '127.0.0.1', port: 5005 }

describe('findKey', () => {
  let io: FakeIo
  const find = (peer = far, flags = {}) => findKey(io, new Output(io, {}), peer, flags)
  const inFile = makeKey()
  const inEnvironment = makeKey()
  const remembered = makeKey()

  beforeEach(async () => {
    io = await fakeIo()
    await writeFile(join(io.currentFolder, 'key.txt'), `${formatKey(inFile)}\n`)
  })
  afterEach(() => io.remove())

  it('takes the first of file, environment, remembered, own', async () => {
    const store = new KeyStore(io.configFolder)
    const own = await store.ownOrMade()
    await expectKey(find(near), own)
    await store.remember(near, remembered)
    await expectKey(find(near), remembered)
    io.env.FERRYGRAM_KEY = formatKey(inEnvironment)
    await expectKey(find(near), inEnvironment)
    await expectKey(find(near, { keyFile: 'key.txt' }), inFile)
    await expectKey(find(near, { keyFile: 'key.txt', key: false }), null)
    expect(io.err()).to.match(/^Warning: no key/)
  })

  for (const host of ['localhost', '127.8.9.1', '::1', '::ffff:127.0.0.1', hostname()]) {
    it(`offers the user's own to ${host}`, async () => {
      const own = await new KeyStore(io.configFolder).ownOrMade()
      await expectKey(find({ host, port: 1 }), own)
    })
  }

  it("keeps the user's own from everyone else", async () => {
    await new KeyStore(io.configFolder).ownOrMade()
    for (const host of ['127.example', '1.2.3.4', '127.0.0.1.example', 'server.example']) {
      expect(await codeOf(find({ host, port: 1 })), host).to.equal(5)
    }
  })

  it('says how to give one when nobody can be asked', async () => {
    const said = await find().catch((error: Error) => error.message)
    expect(said).to.match(/no key for server\.example:5005.*--key-file.*FERRYGRAM_KEY/)
    expect(await codeOf(find())).to.equal(5)
  })

  it('takes hex', async () => {
    io.env.FERRYGRAM_KEY = Buffer.from(inFile).toString('hex')
    await expectKey(find(), inFile)
  })

  it('calls a mistyped one usage, and does not go on to the next', async () => {
    await new KeyStore(io.configFolder).ownOrMade()
    io.env.FERRYGRAM_KEY = `${formatKey(inFile).slice(0, -1)}U`
    expect(await codeOf(find(near))).to.equal(2)
    await writeFile(join(io.currentFolder, 'key.txt'), 'ABCD')
    expect(await codeOf(find(near, { keyFile: 'key.txt' }))).to.equal(2)
  })

  it('names a key file that is not there, or is a folder', async () => {
    expect(await codeOf(find(far, { keyFile: 'none.txt' }))).to.equal(3)
    expect(await codeOf(find(far, { keyFile: '.' }))).to.equal(3)
  })

  it('gives a server its own, made when there is none', async () => {
    const made = await serverKey(io, {})
    expect(formatKey(made!)).to.equal(formatKey((await new KeyStore(io.configFolder).own())!))
    expect(await serverKey(io, { key: false })).to.equal(null)
    io.env.FERRYGRAM_KEY = formatKey(inEnvironment)
    expect(formatKey((await serverKey(io, {}))!)).to.equal(formatKey(inEnvironment))
  })
})

describe('findKey at a terminal', () => {
  let io: FakeIo
  beforeEach(async () => {
    io = await fakeIo({ terminal: true })
  })
  afterEach(() => io.remove())
  const key = makeKey()
  const ask = (typed: string) => {
    io.stdin.write(typed)
    return findKey(io, new Output(io, {}), far, {})
  }

  it('asks, and remembers a key that proved right when that is wanted', async () => {
    const found = await ask(`${formatKey(key)}\ny\n`)
    expect(formatKey(found.key!)).to.equal(formatKey(key))
    const store = new KeyStore(io.configFolder)
    expect(await store.rememberedFor(far)).to.equal(null)
    await found.remember()
    expect(formatKey((await store.rememberedFor(far))!)).to.equal(formatKey(key))
  })

  it('forgets it otherwise', async () => {
    const found = await ask(`${formatKey(key)}\n\n`)
    await found.remember()
    expect(await new KeyStore(io.configFolder).rememberedFor(far)).to.equal(null)
  })

  it('asks three times at most', async () => {
    expect(await codeOf(ask('a\nb\nc\n'))).to.equal(2)
    expect(io.err().match(/That is no key/g)).to.have.length(3)
  })

  it('takes the third', async () => {
    await expectKey(ask(`a\nb\n${formatKey(key)}\nn\n`), key)
  })

  it('gives way to Ctrl-C and Ctrl-D', async () => {
    expect(await codeOf(ask('\u0003'))).to.equal(130)
    expect(await codeOf(ask('\u0004'))).to.equal(5)
  })
})

async function expectKey(found: Promise<FoundKey>, key: Uint8Array | null): Promise<void> {
  const actual = (await found).key
  expect(actual && formatKey(actual)).to.equal(key && formatKey(key))
}

async function codeOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => 'a key',
    (error: { readonly exitCode: number }) => error.exitCode,
  )
}
