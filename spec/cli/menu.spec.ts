import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'chai'
import { formatKey, makeKey } from '../../cli/keys.ts'
import { run } from '../../cli/run.ts'
import { type FakeFerrygram, fakeFerrygram, untilCancelled } from './support/fake-ferrygram.ts'
import { type FakeIo, fakeIo } from './support/fake-io.ts'
import { until } from './support/until.ts'

const CTRL_C = '\u0003'
const CTRL_D = '\u0004'
const TAB = '\t'

describe('menu command', () => {
  let io: FakeIo
  let ferrygram: FakeFerrygram
  const moved = () => ferrygram.calls.map(({ verb, path }) => (path ? `${verb} ${path}` : verb))

  async function start(terminal: boolean): Promise<void> {
    io = await fakeIo({ terminal })
    io.env.FERRYGRAM_KEY = formatKey(makeKey())
    ferrygram = fakeFerrygram()
  }
  const go = (...more: readonly string[]) =>
    run(['client', 'h', '5005', ...more], io, async () => ferrygram)

  afterEach(async () => {
    expect(io.listening(), 'signal listeners left').to.equal(0)
    await io.remove()
  })

  describe('from a pipe', () => {
    beforeEach(() => start(false))
    const pipe = (text: string, ...more: readonly string[]) => {
      io.stdin.end(text)
      return go(...more)
    }

    it('runs each line in turn, echoed, and ends with the input', async () => {
      expect(await pipe('put a.txt\nlist\nget a.txt\n')).to.equal(0)
      expect(moved()).to.deep.equal(['put a.txt', 'list', 'get a.txt'])
      expect(io.err()).to.match(/ferrygram> put a\.txt\n.*Stored as.*ferrygram> list\n/s)
    })

    it('shows the menu at the start', async () => {
      await pipe('')
      for (const shown of ['put NAME', 'get NAME', 'list', 'exit', 'stats', 'help', 'quit']) {
        expect(io.err()).to.include(`  ${shown} `)
      }
    })

    it('takes CRLF, blank lines, a last line without end and verbs in any case', async () => {
      expect(await pipe('\r\n  \r\nPUT A.txt\r\n\tLiSt \r\nget A.txt')).to.equal(0)
      expect(moved()).to.deep.equal(['put A.txt', 'list', 'get A.txt'])
    })

    it('takes lines far over 1 kB whole', async () => {
      const name = 'x'.repeat(100_000)
      await pipe(`get ${name}\n`)
      expect(moved()).to.deep.equal([`get ${name}`])
    })

    it('stops at quit, and at an exit that worked', async () => {
      expect(await pipe('quit\nlist\n')).to.equal(0)
      expect(moved()).to.deep.equal([])
    })

    it('ends with the server', async () => {
      expect(await pipe('exit\nlist\n')).to.equal(0)
      expect(moved()).to.deep.equal(['exit'])
    })

    it('ends with the code of its first failed command, all lines run', async () => {
      ferrygram.get$ = { failed: { kind: 'noSuchFile', path: 'a' } }
      ferrygram.exit$ = { failed: { kind: 'exitNotAllowed' } }
      expect(await pipe('list\nget a\nexit\nput b\n')).to.equal(3)
      expect(moved()).to.deep.equal(['list', 'get a', 'exit', 'put b'])
    })

    for (const wrong of ['nonsense', 'put', 'get', 'list all', 'get "a" "b"', 'quit now']) {
      it(`answers "${wrong}" with an error and the menu, and ends with 2`, async () => {
        expect(await pipe(`${wrong}\nlist\n`)).to.equal(2)
        expect(io.err().match(/put NAME/g)!.length).to.be.at.least(2)
        expect(moved()).to.deep.equal(['list'])
      })
    }

    it('never asks about what is there', async () => {
      ferrygram.put$ = { failed: { kind: 'exists', path: 'a' } }
      expect(await pipe('put a\n')).to.equal(7)
      expect(io.err()).to.not.include('[y/N]')
      expect(ferrygram.calls[0]!.options).to.include({ replace: false })
    })

    it('replaces with --replace', async () => {
      await pipe('put a\n', '--replace')
      expect(ferrygram.calls[0]!.options).to.include({ replace: true })
    })

    it('survives a command that breaks', async () => {
      ferrygram.list$ = () => {
        throw new Error('a mistake')
      }
      expect(await pipe('list\nput a\n')).to.equal(1)
      expect(moved()).to.deep.equal(['list', 'put a'])
    })

    it('ends at once when it is interrupted', async () => {
      ferrygram.put$ = untilCancelled
      const ended = pipe('put a\nlist\n')
      await until(() => ferrygram.calls.length > 0, 'a call')
      io.signal('SIGTERM')
      expect(await ended).to.equal(143)
      expect(moved()).to.deep.equal(['put a'])
    })

    const names: readonly (readonly [string, string])[] = [
      ['get a b.txt', 'get a b.txt'],
      ['get "a b.txt"', 'get a b.txt'],
      ["get 'a  b.txt'", 'get a  b.txt'],
      ['get a" "b.txt', 'get a b.txt'],
      ["get it's.txt", "get it's.txt"],
      ['get "it\'s.txt"', "get it's.txt"],
      ['get C:\\temp\\a.txt', 'get C:\\temp\\a.txt'],
      ['get Ünïcode 文.txt', 'get Ünïcode 文.txt'],
      ['put here "and" there.txt', 'put here "and" there.txt'],
      ['put "here \'and\' there.txt"', "put here 'and' there.txt"],
    ]
    for (const [line, expected] of names) {
      it(`understands ${line}`, async () => {
        await writeFile(join(io.currentFolder, 'here "and" there.txt'), '')
        await pipe(`${line}\n`)
        expect(moved()).to.deep.equal([expected])
      })
    }

    it('shows how the last transfer went', async () => {
      expect(await pipe('stats\nput a.txt\nstats\n')).to.equal(0)
      expect(io.err()).to.include('Nothing was moved yet.')
      expect(io.err()).to.match(/transfer +put a\.txt, done\n +time .*\n +moved +10 B, /)
      expect(io.err()).to.match(/loss +1\.00%\n +RTT +20ms/)
    })
  })

  describe('at a terminal', () => {
    beforeEach(() => start(true))

    /** Types each text once the screen shows what it waits for, from there on. */
    async function type(...steps: readonly (readonly [shown: RegExp, keys: string])[]) {
      let seen = 0
      for (const [shown, keys] of steps) {
        const since = seen
        await until(() => shown.test(io.err().slice(since)), `${shown} in ${io.err().slice(since)}`)
        seen = io.err().length
        io.stdin.write(keys)
      }
    }
    const PROMPT = /ferrygram> /

    it('ends with 0 whatever failed', async () => {
      ferrygram.get$ = { failed: { kind: 'noSuchFile', path: 'a' } }
      const ended = go()
      await type([PROMPT, 'get a\r'], [/There is no a:.*ferrygram> /s, CTRL_D])
      expect(await ended).to.equal(0)
    })

    it('asks about what is there, and replaces it on yes', async () => {
      ferrygram.put$ = ({ path = '', options }) =>
        'replace' in options && options.replace
          ? { ok: { path, sizeBytes: 1, alreadyThere: false } }
          : { failed: { kind: 'exists', path } }
      const ended = go()
      const question = /a is already there and differs\. Overwrite it\? \[y\/N\] /
      await type(
        [PROMPT, 'put a\r'],
        [question, '\r'],
        [PROMPT, 'put a\r'],
        [question, 'y\r'],
        [/Stored as a .*ferrygram> /s, 'quit\r'],
      )
      expect(await ended).to.equal(0)
      expect(ferrygram.calls).to.have.length(3)
    })

    it('cancels a command with Ctrl-C and goes on', async () => {
      ferrygram.get$ = untilCancelled
      const ended = go()
      await type([PROMPT, 'get a\r'], [/\[=+-+\] 50%/, CTRL_C])
      await type([/Cancelled.*ferrygram> /s, 'quit\r'])
      expect(await ended).to.equal(0)
    })

    it('clears a typed line with Ctrl-C, and leaves on two at an empty prompt', async () => {
      const ended = go()
      await type([PROMPT, `nonsense${CTRL_C}${CTRL_C}`], [/Ctrl-C once more/, CTRL_C])
      expect(await ended).to.equal(0)
      expect(io.err()).to.not.include('no command')
    })

    it('leaves for a signal, with its code', async () => {
      const ended = go()
      await type([PROMPT, 'lis'])
      io.signal('SIGTERM')
      expect(await ended).to.equal(143)
    })

    it('asks for the key, then shows the menu', async () => {
      delete io.env.FERRYGRAM_KEY
      const key = makeKey()
      const ended = go()
      await type(
        [/Key of h:5005: /, `${formatKey(key)}\r`],
        [/Remember it\? \[y\/N\] /, 'y\r'],
        [PROMPT, 'list\r'],
        [PROMPT, 'quit\r'],
      )
      expect(await ended).to.equal(0)
      expect(ferrygram.calls[0]!.options).to.deep.include({ key: Buffer.from(key) })
    })

    it('completes commands, local paths and remote names', async () => {
      await mkdir(join(io.currentFolder, 'folder'))
      await writeFile(join(io.currentFolder, 'folder', 'my "file".txt'), '')
      const entry = (path: string) => ({ path, sizeBytes: 1, mtimeUs: 0 })
      ferrygram.list$ = {
        ok: { entries: [entry('remote name.txt'), entry('re\u001b[2J'), entry("it 's' so")] },
      }
      const ended = go()
      await type(
        [PROMPT, `ge${TAB}`],
        [/get /, `rem${TAB}`],
        [/remote name\.txt/, '\r'],
        [PROMPT, `get "it${TAB}`],
        [/it 's' so"/, '\r'],
        [PROMPT, `put fol${TAB}`],
        [/folder\//, `my${TAB}`],
        [/file/, '\r'],
        [PROMPT, 'quit\r'],
      )
      expect(await ended).to.equal(0)
      expect(moved().filter((call) => call !== 'list')).to.deep.equal([
        'get remote name.txt',
        "get it 's' so",
        'put folder/my "file".txt',
      ])
      expect(moved().filter((call) => call === 'list')).to.have.length(1)
    })

    it('completes to nothing when the server does not answer', async () => {
      ferrygram.list$ = { failed: { kind: 'noAnswer', waitedMs: 1 } }
      const ended = go()
      await type([PROMPT, `get a${TAB}`])
      await until(() => ferrygram.calls.length > 0, 'a call')
      await type([/^/, 'b\r'], [PROMPT, 'quit\r'])
      expect(await ended).to.equal(0)
      expect(moved()).to.deep.equal(['list', 'get ab'])
      expect(io.err()).to.not.include('No answer')
    })
  })
})

describe('embedded', () => {
  let io: FakeIo
  let ferrygram: FakeFerrygram
  const pipe = async (text: string) => {
    io.stdin.end(text)
    return run([], io, async () => ferrygram)
  }
  beforeEach(async () => {
    io = await fakeIo()
    ferrygram = fakeFerrygram()
  })
  afterEach(() => io.remove())

  it('serves a folder of its own on loopback, and says so', async () => {
    expect(await pipe('put a\nquit\n')).to.equal(0)
    const [serve, put] = ferrygram.calls
    const root = join(io.currentFolder, 'ferrygram-files')
    expect(serve!.options).to.deep.include({ root, host: '127.0.0.1' })
    expect(put!.peer).to.deep.equal({ host: '127.0.0.1', port: 40_000 })
    expect(serve!.options.key).to.have.length(32).and.equal(put!.options.key)
    expect(io.err()).to.include(`Serving ${root} (made just now) at 127.0.0.1:40000\n`)
  })

  for (const end of ['exit', 'quit', '']) {
    it(`ends the server and itself with "${end}"`, async () => {
      expect(await pipe(`${end}\n`)).to.equal(0)
      expect(ferrygram.server.drained).to.equal(1)
    })
  }

  it('says that the folder is in the way of itself', async () => {
    await writeFile(join(io.currentFolder, 'ferrygram-files'), 'a file')
    expect(await pipe('quit\n')).to.equal(1)
    expect(io.err()).to.match(/^Cannot make the folder .*ferrygram-files: /)
    expect(ferrygram.calls).to.deep.equal([])
  })
})
