import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { node, type Server } from 'ferrygram'
import { cargo, sha256 } from '../../support/voyage.ts'

const SESSIONS = 50
const key = new Uint8Array(32).fill(9)

describe('on real sockets and disks', () => {
  let home: string
  let root: string
  let server: Server
  let peer: { host: string; port: number }

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'ferrygram-client-'))
    root = await mkdtemp(join(tmpdir(), 'ferrygram-server-'))
    server = await node.serve(0, { key, root, host: '127.0.0.1' })
    peer = { host: '127.0.0.1', port: server.port }
  })

  afterEach(async () => {
    server.stop()
    await server.closed
    await rm(home, { recursive: true })
    await rm(root, { recursive: true })
  })

  it('puts, lists, gets and exits', async () => {
    const bytes = cargo(3_000_000)
    await writeFile(join(home, 'Crate ??? ü.bin'), bytes)
    const put = node.put(peer, join(home, 'Crate ??? ü.bin'), { key })
    expect(await put.outcome).to.deep.equal({
      ok: { path: 'Crate ??? ü.bin', sizeBytes: bytes.length, alreadyThere: false },
    })
    const list = await node.list(peer, { key }).outcome
    expect(list).to.have.nested.property('ok.entries[0].path', 'Crate ??? ü.bin')
    const get = node.get(peer, 'Crate ??? ü.bin', { key, into: home, as: 'back.bin' })
    expect(await get.outcome).to.have.property('ok')
    expect(sha256(await readFile(join(home, 'back.bin')))).to.equal(sha256(bytes))
    await Promise.all([put.closed, get.closed])
    const exit = node.exit(peer, { key })
    expect(await exit.outcome).to.deep.equal({ ok: { waitedFor: 0 } })
    await server.closed
    expect(await readdir(root)).to.deep.equal(['Crate ??? ü.bin'])
  })

  it('puts many files in one session, and finds them there the next time', async () => {
    const names = Array.from({ length: 300 }, (_, i) => `crate-${i}`)
    const bytesOf = (i: number) => cargo(i % 10 === 0 ? 0 : 10 * i, i % 7)
    await Promise.all(names.map((name, i) => writeFile(join(home, name), bytesOf(i))))
    const paths = names.map((name) => join(home, name))
    for (const alreadyThere of [false, true]) {
      const put = node.putAll(peer, paths, { key })
      expect(await put.outcome).to.deep.equal({
        ok: {
          files: names.map((path, i) => ({
            path: join(home, path),
            outcome: { ok: { path, sizeBytes: bytesOf(i).length, alreadyThere } },
          })),
        },
      })
      await put.closed
    }
    expect((await readdir(root)).sort()).to.deep.equal([...names].sort())
    for (const [i, name] of names.entries()) {
      expect((await readFile(join(root, name))).equals(bytesOf(i)), name).to.equal(true)
    }
  }).timeout(60_000)

  it('gets many files in one session, and finds them here the next time', async () => {
    const names = Array.from({ length: 200 }, (_, i) => `crate-${i}`)
    const bytesOf = (i: number) => cargo(i % 10 === 0 ? 0 : 10 * i, i % 7)
    await Promise.all(names.map((name, i) => writeFile(join(root, name), bytesOf(i))))
    const wanted = [...names, 'missing']
    const missing = { failed: { kind: 'noSuchFile', path: 'missing' } }
    for (const alreadyThere of [false, true]) {
      const get = node.getAll(peer, wanted, { key, into: home })
      expect(await get.outcome).to.deep.equal({
        ok: {
          files: wanted.map((path, i) => {
            const stored = { path: join(home, path), sizeBytes: bytesOf(i).length, alreadyThere }
            return { path, outcome: path === 'missing' ? missing : { ok: stored } }
          }),
        },
      })
      await get.closed
    }
    expect((await readdir(home)).sort()).to.deep.equal([...names].sort())
    for (const [i, name] of names.entries()) {
      expect((await readFile(join(home, name))).equals(bytesOf(i)), name).to.equal(true)
    }
  }).timeout(60_000)

  it(`serves ${SESSIONS} sessions at once, none starved`, async () => {
    const size = 400_000
    const back = cargo(size, -1)
    await writeFile(join(root, 'back.bin'), back)
    const durationsMs: number[] = []
    const timed = async (work: Promise<unknown>) => {
      const startMs = performance.now()
      expect(await work).to.have.property('ok')
      durationsMs.push(performance.now() - startMs)
    }
    for (let i = 0; i < SESSIONS; i += 2) await writeFile(join(home, `${i}.bin`), cargo(size, i))
    const lists = Array.from({ length: 10 }, () => node.list(peer, { key }).outcome)
    await Promise.all(
      Array.from({ length: SESSIONS }, (_, i) =>
        timed(
          i % 2 === 0
            ? node.put(peer, join(home, `${i}.bin`), { key }).outcome
            : node.get(peer, 'back.bin', { key, into: home, as: `got-${i}.bin` }).outcome,
        ),
      ),
    )
    for (const list of await Promise.all(lists)) expect(list).to.have.property('ok')
    for (let i = 0; i < SESSIONS; i += 1) {
      const [path, expected] =
        i % 2 === 0 ? [join(root, `${i}.bin`), cargo(size, i)] : [join(home, `got-${i}.bin`), back]
      expect(sha256(await readFile(path)), path).to.equal(sha256(expected))
    }
    durationsMs.sort((a, b) => a - b)
    const median = durationsMs[SESSIONS / 2] ?? 0
    expect(durationsMs.at(-1), `median ${median} ms`).to.be.at.most(3 * median)
  }).timeout(60_000)
})
