import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'chai'
import { KeyStore } from '../../cli/key-store.ts'
import { formatKey, makeKey } from '../../cli/keys.ts'
import { run } from '../../cli/run.ts'
import type { Failure } from '../../machines/failures.ts'
import { FailureError } from '../../machines/failures.ts'
import { type FakeFerrygram, fakeFerrygram, untilCancelled } from './support/fake-ferrygram.ts'
import { type FakeIo, fakeIo } from './support/fake-io.ts'
import { until } from './support/until.ts'

const noAnswer: Failure = { kind: 'noAnswer', waitedMs: 10_000 }

describe('commands', () => {
  let io: FakeIo
  let ferrygram: FakeFerrygram
  const go = (line: string) => run(line.split(' '), io, async () => ferrygram)
  const lines = () =>
    io
      .out()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line))

  beforeEach(async () => {
    io = await fakeIo()
    io.env.FERRYGRAM_KEY = formatKey(makeKey())
    ferrygram = fakeFerrygram()
  })
  afterEach(async () => {
    expect(io.listening(), 'signal listeners left').to.equal(0)
    await io.remove()
  })

  it('put sends several in one session and says where they are, on stderr', async () => {
    expect(await go('put h 5005 d/a.txt b.txt')).to.equal(0)
    expect(ferrygram.calls.map(({ paths }) => paths)).to.deep.equal([['d/a.txt', 'b.txt']])
    expect(io.err()).to.match(
      /^put 2 files, d\/a\.txt first\nStored as a\.txt at the server \(10 B/,
    )
    expect(io.err()).to.match(/\n2 of 2 files are at the server \(20 B in .*\)\.\n$/)
    expect(io.out()).to.equal('')
  })

  it('get says where it stored', async () => {
    expect(await go('get h 5005 a.txt')).to.equal(0)
    expect(io.err()).to.match(/^get a\.txt\nStored as received_a\.txt \(10 B in .*\/s\)\.\n$/)
  })

  it('says when there was nothing to move', async () => {
    ferrygram.put$ = { ok: { path: 'a.txt', sizeBytes: 10, alreadyThere: true } }
    expect(await go('put h 5005 a.txt')).to.equal(0)
    expect(io.err()).to.include('a.txt is already there at the server, nothing was moved.')
  })

  it('--quiet says nothing of what went well, and all of what did not', async () => {
    expect(await go('put h 5005 a.txt --quiet')).to.equal(0)
    expect(io.err() + io.out()).to.equal('')
    ferrygram.put$ = { failed: { kind: 'noSpace', path: 'a.txt' } }
    expect(await go('put h 5005 a.txt --quiet')).to.equal(8)
    expect(io.err()).to.match(/^There is no room for a\.txt: .*\n$/)
  })

  it('goes on after a file that failed, and ends partial', async () => {
    ferrygram.put$ = ({ path = '' }) =>
      path === 'b'
        ? { failed: { kind: 'exists', path } }
        : { ok: { path, sizeBytes: 1, alreadyThere: false } }
    expect(await go('put h 5005 a b c')).to.equal(6)
    expect(io.err()).to.match(/\n2 of 3 files are at the server /)
    expect(await go('put h 5005 b b')).to.equal(7)
  })

  it('get fetches several in one session, each told on its own, as JSON too', async () => {
    expect(await go('get h 5005 d/a.txt b.txt --into d')).to.equal(0)
    const [call] = ferrygram.calls
    expect(call).to.deep.include({ verb: 'getAll', paths: ['d/a.txt', 'b.txt'] })
    expect(call).to.have.nested.property('options.into', 'd')
    expect(io.err()).to.match(/^get 2 files, d\/a\.txt first\nStored as received_d\/a\.txt \(10 B/)
    expect(io.err()).to.match(/\n2 of 2 files are here \(20 B in .*\)\.\n$/)
    ferrygram.get$ = ({ path = '' }) =>
      path === 'b'
        ? { failed: { kind: 'noSuchFile', path } }
        : { ok: { path, sizeBytes: 1, alreadyThere: false } }
    expect(await go('get h 5005 a b c --json')).to.equal(6)
    expect(lines().map(({ type, path }) => [type, path])).to.deep.equal([
      ['done', 'a'],
      ['failed', 'b'],
      ['done', 'c'],
    ])
    expect(await go('get h 5005 b b --quiet')).to.equal(3)
  })

  it('one answer that does not come fails all of several', async () => {
    ferrygram.get$ = { failed: noAnswer }
    expect(await go('get h 5005 a b c')).to.equal(4)
    expect(ferrygram.calls).to.have.length(1)
    expect(io.err()).to.match(/No answer from h:5005 within 10s: .*\n$/)
  })

  it('list prints aligned lines that are safe to print', async () => {
    ferrygram.list$ = {
      ok: {
        entries: [
          { path: 'a b.txt', sizeBytes: 5, mtimeUs: Date.UTC(2025, 0, 31, 12) * 1_000 },
          { path: 'evil\u001b[2J\u202e.txt', sizeBytes: 123_456, mtimeUs: 9e18 },
        ],
      },
    }
    expect(await go('list h 5005')).to.equal(0)
    const [first, second] = io.out().split('\n')
    expect(first).to.match(/^ {3}5 B {2}2025-01-3\d \d\d:\d\d {2}a b\.txt$/)
    expect(second).to.equal(`123 kB  ${' '.repeat(16)}  evil\\u{1b}[2J\\u{202e}.txt`)
    expect(io.err()).to.equal('')
  })

  it('exit says what the server waits for', async () => {
    expect(await go('exit h 5005')).to.equal(0)
    expect(io.err()).to.match(
      /Waiting for 2 other sessions to end\.\nThe server at h:5005 has ended/,
    )
    ferrygram.exit$ = { failed: { kind: 'exitNotAllowed' } }
    expect(await go('exit h 5005')).to.equal(5)
  })

  it('--json says the same as objects', async () => {
    ferrygram.list$ = { ok: { entries: [{ path: 'a', sizeBytes: 1, mtimeUs: 2 }] } }
    await go('list h 5005 --json')
    await go('exit h 5005 --json')
    await go('put h 5005 a --json')
    ferrygram.get$ = { failed: { kind: 'noSuchFile', path: 'x' } }
    expect(await go('get h 5005 x --json')).to.equal(3)
    const [, , , , put, failed] = lines()
    expect(lines().slice(0, 4)).to.deep.equal([
      { type: 'entry', path: 'a', sizeBytes: 1, mtimeUs: 2 },
      { type: 'done', verb: 'list', files: 1 },
      { type: 'waiting', sessions: 2 },
      { type: 'done', verb: 'exit', waitedFor: 0 },
    ])
    expect(put).to.deep.include({ type: 'done', verb: 'put', path: 'a', storedAs: 'a' })
    expect(put).to.deep.include({ sizeBytes: 10, alreadyThere: false })
    expect(failed).to.deep.include({ type: 'failed', kind: 'noSuchFile', exitCode: 3, path: 'x' })
    expect(lines()).to.have.length(6)
  })

  it('--json gives no name the power to break a line', async () => {
    const path = 'a\n{"type":"done"}'
    ferrygram.list$ = { ok: { entries: [{ path, sizeBytes: 1, mtimeUs: 2 }] } }
    await go('list h 5005 --json')
    expect(lines()[0].path).to.equal(path)
  })

  const signals = [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const
  for (const [signal, code] of signals) {
    it(`${signal} cancels the session and ends with ${code}, a second one at once`, async () => {
      ferrygram.put$ = untilCancelled
      const ended = go('put h 5005 a b')
      await until(() => ferrygram.calls.length > 0, 'a call')
      io.signal(signal)
      expect(await ended).to.equal(code)
      expect(ferrygram.calls).to.have.length(1)
      expect(io.exits).to.deep.equal([])
      expect(io.err()).to.include('Cancelled: the same command goes on with it.')
    })

    it(`${signal} twice ends the process at once`, async () => {
      let end!: () => void
      ferrygram.put$ = () =>
        new Promise((resolve) => {
          end = () => resolve({ failed: { kind: 'cancelled' } })
        })
      const ended = go('put h 5005 a')
      await until(() => ferrygram.calls.length > 0, 'a call')
      io.signal(signal)
      io.signal(signal)
      expect(io.exits).to.deep.equal([code])
      end()
      await ended
    })
  }

  it('prints the command that goes on, for what is not done yet, with its options', async () => {
    ferrygram.put$ = (call) =>
      call.path === 'a'
        ? { ok: { path: 'a', sizeBytes: 1, alreadyThere: false } }
        : untilCancelled(call)
    const args = ['put', '[::1]', '5005', 'a', "b's c", '-d', '--limit', '5MB', '--replace']
    const ended = run(
      [...args.slice(0, 5), ...args.slice(6), '--', '-d'],
      io,
      async () => ferrygram,
    )
    await until(() => ferrygram.calls.length > 0, 'the call')
    io.signal('SIGINT')
    expect(await ended).to.equal(130)
    const goesOn = "ferrygram put '[::1]' 5005 --limit 5MB --replace -- a 'b'\\''s c' -d"
    expect(io.err()).to.include(`Kept what arrived; go on with:\n  ${goesOn}\n`)
    expect(io.err()).not.to.include(`${io.env.FERRYGRAM_KEY}`)
  })

  it('prints it after a lost link too, and as JSON, and after no other failure', async () => {
    ferrygram.get$ = { failed: { kind: 'linkLost', silentMs: 63_000 } }
    await writeFile(join(io.currentFolder, 'k'), `${io.env.FERRYGRAM_KEY}`)
    expect(await go('get h 5005 a b --into d --json --key-file k')).to.equal(4)
    const again = 'ferrygram get h 5005 --into d --json --key-file k a b'
    expect(lines()[0]).to.include({ type: 'failed', kind: 'linkLost', again })
    expect(io.err()).to.include(`\n  ${again}\n`)
    ferrygram.get$ = { failed: noAnswer }
    await go('get h 5005 a --json')
    expect(lines()[1]).to.include({ kind: 'noAnswer', again: null })
  })

  it('--trace hands a watcher to the API and leaves a whole file', async () => {
    const watched: unknown[] = []
    const args = ['list', 'h', '5005', '--trace', 't.ndjson']
    const code = await run(args, io, async ({ inspect }) => {
      watched.push(typeof inspect)
      return ferrygram
    })
    expect(code).to.equal(0)
    expect(watched).to.deep.equal(['function'])
    const trace = await readFile(join(io.currentFolder, 't.ndjson'), 'utf8')
    expect(trace).to.match(/^\{"type":"trace","version":1,"seed":null,.*\}\n$/)
  })

  it('--trace says why a file cannot be written, and moves nothing', async () => {
    const code = await go('put h 5005 a --trace no/folder')
    expect(code, io.err()).to.equal(3)
    expect(io.err()).to.match(/^There is no .*no\/folder: check its name/)
    expect(ferrygram.calls).to.have.length(0)
  })

  it('key shows one key until it is rotated', async () => {
    expect(await go('key')).to.equal(0)
    expect(await go('key')).to.equal(0)
    expect(await go('key rotate')).to.equal(0)
    const [first, second, third] = io.out().split('\n')
    expect(first)
      .to.match(/^(\w{4}-){13}\w{4}$/)
      .and.equal(second)
    expect(third).not.to.equal(first)
    expect(third).to.equal(formatKey((await new KeyStore(io.configFolder).own())!))
  })

  it('tells what nobody foresaw, and fails', async () => {
    const code = await run(['list', 'h', '1'], io, async () => {
      throw new Error('a mistake')
    })
    expect(code).to.equal(1)
    expect(io.err()).to.include('Something went wrong: Error: a mistake')
  })
})

describe('server command', () => {
  let io: FakeIo
  let ferrygram: FakeFerrygram
  const go = (line: string) => run(line.split(' '), io, async () => ferrygram)
  const said = (text: string) => until(() => io.err().includes(text), text)

  beforeEach(async () => {
    io = await fakeIo()
    ferrygram = fakeFerrygram()
  })
  afterEach(async () => {
    expect(io.listening(), 'signal listeners left').to.equal(0)
    await io.remove()
  })

  it('says what it serves, where, how to connect, and its key', async () => {
    const ended = go('server 0')
    await said('Key: ')
    const own = await new KeyStore(io.configFolder).own()
    expect(io.err()).to.match(/Listening at 0\.0\.0\.0:40000 \(UDP\)/)
    expect(io.err()).to.match(/Connect with: ferrygram client [\w.:-]+ 40000\n/)
    expect(io.err()).to.not.include('client 0.0.0.0')
    expect(io.err()).to.include(`Serving ${io.currentFolder}\n`).and.include(formatKey(own!))
    ferrygram.server.close()
    expect(await ended).to.equal(0)
  })

  it('keeps the key off the screen on loopback', async () => {
    const ended = go('server 5005 --host 127.0.0.1 --root sub')
    await said('Connect with: ferrygram client 127.0.0.1 5005\n')
    expect(io.err()).to.include(`Serving ${join(io.currentFolder, 'sub')}\n`)
    expect(io.err()).to.not.include('Key')
    ferrygram.server.close()
    await ended
  })

  it('hands on its limits', async () => {
    const ended = go('server 1 --max-sessions 3 --max-file 2GB --no-remote-exit --no-key')
    await said('Warning: no key')
    expect(ferrygram.calls[0]!.options).to.deep.equal({
      key: null,
      root: io.currentFolder,
      exitAllowed: false,
      sessionsMax: 3,
      fileBytesMax: 2e9,
    })
    ferrygram.server.close()
    await ended
    expect(await stat(io.configFolder).catch(() => null), 'no key was made').to.equal(null)
  })

  for (const [flag, shown] of [
    ['', true],
    [' --quiet', false],
  ] as const) {
    it(`${shown ? 'tells' : 'does not tell'} of sessions with "${flag}"`, async () => {
      const ended = go(`server 1${flag}`)
      await said('Connect')
      const opened = { type: 'opened', session: 7, verb: 'put', path: 'a\u001bb' } as const
      ferrygram.reports$.next({ ...opened, from: '1.2.3.4:5' })
      const outcome = { ok: { sizeBytes: 1_500, alreadyThere: false } }
      ferrygram.reports$.next({ type: 'ended', session: 7, verb: 'put', outcome })
      const text = '[7] put a\\u{1b}b from 1.2.3.4:5\n[7] done, 1.5 kB\n'
      expect(io.err().includes(text)).to.equal(shown)
      ferrygram.server.close()
      await ended
    })
  }

  it('says of each session what came of it', async () => {
    const ended = go('server 1')
    await said('Connect')
    const empty = { ok: { sizeBytes: 0, alreadyThere: false } }
    const superseded = { failed: { kind: 'superseded' } } as const
    const ends = [
      ['get', empty],
      ['put', { ok: { sizeBytes: 9, alreadyThere: true } }],
      ['list', empty],
      ['exit', empty],
      ['put', superseded],
      ['put', { failed: noAnswer }],
    ] as const
    for (const [verb, outcome] of ends) {
      ferrygram.reports$.next({ type: 'ended', session: 7, verb, outcome })
    }
    const texts = ['done, 0 B', 'done, already there', 'done, listed', 'done, told to end']
    for (const text of [...texts, 'taken over by a later one', 'failed: noAnswer']) {
      expect(io.err()).to.include(`[7] ${text}\n`)
    }
    ferrygram.server.close()
    await ended
  })

  it('--json tells of sessions on stdout', async () => {
    const ended = go('server 1 --json')
    await said('Connect')
    ferrygram.reports$.next({ type: 'draining', sessions: 2 })
    const outcome = { failed: noAnswer }
    ferrygram.reports$.next({ type: 'ended', session: 7, verb: 'put', outcome })
    ferrygram.server.close()
    await ended
    const told = io
      .out()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(told).to.deep.equal([
      { type: 'listening', host: '0.0.0.0', port: 1, root: io.currentFolder },
      { type: 'draining', sessions: 2 },
      {
        type: 'ended',
        session: 7,
        verb: 'put',
        sizeBytes: null,
        alreadyThere: null,
        failed: 'noAnswer',
      },
    ])
  })

  it('drains at the first signal, stops at the second', async () => {
    const ended = go('server 1')
    await said('Connect')
    io.signal('SIGTERM')
    expect(ferrygram.server).to.include({ drained: 1, stopped: 0 })
    io.signal('SIGTERM')
    expect(ferrygram.server).to.include({ drained: 1, stopped: 1 })
    expect(await ended).to.equal(143)
  })

  it('says why it cannot start', async () => {
    ferrygram.serve$ = () => {
      throw new FailureError({ kind: 'socketError', code: 'EADDRINUSE' })
    }
    expect(await go('server 1')).to.equal(1)
    expect(io.err()).to.match(/^The network refused \(EADDRINUSE\): another program uses that port/)
    ferrygram.serve$ = () => {
      throw new FailureError({ kind: 'noSuchFile', path: 'sub' })
    }
    expect(await go('server 1 --root sub')).to.equal(3)
  })
})
