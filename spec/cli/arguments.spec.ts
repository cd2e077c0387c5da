import { readFile } from 'node:fs/promises'
import { expect } from 'chai'
import { run } from '../../cli/run.ts'
import { VERSION } from '../../cli/version.ts'
import { type FakeFerrygram, fakeFerrygram } from './support/fake-ferrygram.ts'
import { type FakeIo, fakeIo } from './support/fake-io.ts'

const COMMANDS = ['server', 'client', 'put', 'get', 'list', 'exit', 'key', 'diagrams'] as const

describe('arguments', () => {
  let io: FakeIo
  let ferrygram: FakeFerrygram
  let loaded: number
  const go = (line: string) =>
    run(line.split(' '), io, async () => {
      loaded++
      return ferrygram
    })

  beforeEach(async () => {
    io = await fakeIo()
    ferrygram = fakeFerrygram()
    loaded = 0
  })
  afterEach(() => io.remove())

  const mistakes: readonly (readonly [string, RegExp])[] = [
    ['nonsense', /unknown command 'nonsense'/],
    ['lst h 1', /Did you mean list/],
    ['--nonsense', /unknown option '--nonsense'/],
    ['--no-color', /Usage: ferrygram/],
    ['server', /missing required argument 'PORT'/],
    ['server abc', /'abc' is invalid/],
    ['server 70000', /0 to 65535/],
    ['server 65536', /0 to 65535/],
    ['server -1', /'-1' is invalid/],
    ['server 5005 extra', /too many arguments/],
    ['server 5005 --max-sessions 0', /1 to 1000/],
    ['server 5005 --max-sessions 1001', /1 to 1000/],
    ['server 5005 --max-file 0', /'0' is invalid/],
    ['server 5005 --max-file lots', /such as 500MB/],
    ['server 5005 --replace', /unknown option/],
    ['client', /missing required argument 'HOST'/],
    ['client h', /missing required argument 'PORT'/],
    ['client h 0', /1 to 65535/],
    ['client h 70000', /1 to 65535/],
    ['put h 5005', /missing required argument 'PATH'/],
    ['put h 5005 a b --as c', /--as names one file, but there are 2/],
    ['put h 5005 a --limit fast', /such as 40MB\/s/],
    ['put h 5005 a --limit 999', /1 kB\/s at least/],
    ['put h 5005 a --mtu 1199', /1200 to 65507/],
    ['put h 5005 a --mtu 65508', /1200 to 65507/],
    ['put h 5005 a --patience 999ms', /1s to 1d/],
    ['put h 5005 a --patience 25h', /1s to 1d/],
    ['put h 5005 a --patience soon', /such as 60s/],
    ['put h 5005 a --as', /argument missing/],
    ['get h 5005', /missing required argument 'NAME'/],
    ['get h 5005 a b --as c', /--as names one file, but there are 2/],
    ['put h 5005 a --skip --replace', /'--skip' cannot be used with option '--replace'/],
    ['put h 5005 a --trace', /argument missing/],
    ['--trace', /argument missing/],
    ['--trace t put h 5005 a', /too many arguments/],
    ['list h', /missing required argument 'PORT'/],
    ['list [] 1', /name or address/],
    ['exit h 1.5', /1 to 65535/],
    ['key forget', /too many arguments/],
    ['key rotate now', /too many arguments/],
    ['diagrams here', /too many arguments/],
  ]
  for (const [line, said] of mistakes) {
    it(`"${line}" is usage, told in a line with how it is used`, async () => {
      expect(await go(line)).to.equal(2)
      expect(io.err()).to.match(said)
      expect(io.err()).to.match(/^error: .*\n(\(Did you mean .*\)\n)?\n?Usage: ferrygram.*\nTry "/)
      expect(io.out()).to.equal('')
      expect(loaded).to.equal(0)
    })
  }

  const limits: readonly (readonly [string, object])[] = [
    ['put h 1 a --limit 1000', { limitBytesPerS: 1_000 }],
    ['put h 65535 a --limit 100Mbit', { limitBytesPerS: 12_500_000 }],
    ['put h 1 a --mtu 1200', { mtuBytes: 1_200 }],
    ['put h 1 a --mtu 65507', { mtuBytes: 65_507 }],
    ['put h 1 a --patience 1s', { patienceMs: 1_000 }],
    ['put h 1 a --patience 24h', { patienceMs: 86_400_000 }],
    ['put h 1 a --as b --replace', { as: 'b', replace: true }],
    ['get h 1 a --into d', { into: 'd', replace: false }],
    ['get h 1 a --as b', { as: 'b' }],
    ['put h 1 a --skip', { skip: true, checksum: false, replace: false }],
    ['get h 1 a --checksum', { skip: false, checksum: true }],
    ['list h 1 --mtu 1400', { mtuBytes: 1_400 }],
    ['exit h 1 --patience 2m', { patienceMs: 120_000 }],
  ]
  for (const [line, options] of limits) {
    it(`"${line}" is taken`, async () => {
      expect(await go(`${line} --no-key`)).to.equal(0)
      expect(ferrygram.calls[0]!.options).to.include({ key: null, ...options })
    })
  }

  it('takes IPv6 addresses, in brackets or not', async () => {
    await go('list [::1] 5005 --no-key')
    await go('list fe80::1%eth0 5005 --no-key')
    expect(ferrygram.calls.map(({ peer }) => peer!.host)).to.deep.equal(['::1', 'fe80::1%eth0'])
  })

  it('shows every command with its line, and three examples', async () => {
    expect(await go('--help')).to.equal(0)
    for (const command of COMMANDS)
      expect(io.out()).to.match(new RegExp(`^  ${command} .*\\w$`, 'm'))
    expect(
      io
        .out()
        .split('Examples:')[1]!
        .match(/^ {2}ferrygram /gm),
    ).to.have.length(3)
    expect(io.out()).not.to.match(/simulate|replay|--view|dry-run/)
    expect(io.err()).to.equal('')
  })

  for (const command of COMMANDS) {
    it(`explains ${command}`, async () => {
      expect(await go(`${command} --help`)).to.equal(0)
      expect(io.out()).to.match(new RegExp(`^Usage: ferrygram ${command}`))
      expect(loaded).to.equal(0)
    })
  }

  it("says package.json's version", async () => {
    const manifest = await readFile(new URL('../../package.json', import.meta.url), 'utf8')
    expect(JSON.parse(manifest).version).to.equal(VERSION)
    expect(await go('--version')).to.equal(0)
    expect(io.out()).to.equal(`${VERSION}\n`)
  })
})
