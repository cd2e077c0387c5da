import { expect } from 'chai'
import { Subject } from 'rxjs'
import sinon from 'sinon'
import type { Progress, Running, Stored } from '../../adapters/runtime/api.ts'
import { Figures } from '../../cli/figures.ts'
import { Output } from '../../cli/output.ts'
import { progressText } from '../../cli/progress-text.ts'
import { followTransfer } from '../../cli/transfer.ts'
import { type FakeIo, fakeIo } from './support/fake-io.ts'

const TOTAL_BYTES = 100_000_000
const told = { verb: 'put', path: 'a' } as const

describe('progress', () => {
  let clock: sinon.SinonFakeTimers
  let io: FakeIo

  beforeEach(() => {
    clock = sinon.useFakeTimers({
      toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'],
    })
  })
  afterEach(async () => {
    clock.restore()
    await io?.remove()
  })

  const step = (doneBytes: number, state = 'pacing'): Progress => ({
    atMs: performance.now(),
    doneBytes,
    totalBytes: TOTAL_BYTES,
    lossShare: 0.025,
    rttMs: 40,
    state,
  })

  /** A transfer at 10 MB/s, a step every 100 ms, ended by the returned function. */
  async function transfer(flags: { json?: boolean; quiet?: boolean }, terminal = false) {
    io = await fakeIo({ terminal })
    const progress$ = new Subject<Progress>()
    let end!: () => void
    const outcome: Running<Stored>['outcome'] = new Promise((resolve) => {
      end = () => resolve({ ok: { path: 'a', sizeBytes: TOTAL_BYTES, alreadyThere: false } })
    })
    const closed = outcome.then(() => undefined)
    const done = followTransfer({ outcome, progress$, closed }, told, new Output(io, flags))
    let doneBytes = 0
    const timer = setInterval(() => {
      doneBytes = Math.min(doneBytes + 1_000_000, TOTAL_BYTES)
      progress$.next(step(doneBytes))
    }, 100)
    return async () => {
      clearInterval(timer)
      end()
      await done
    }
  }

  it('tells rates now and on average, and what is left', () => {
    const figures = new Figures()
    expect(progressText(figures)).to.equal('waiting for the server')
    for (let second = 0; second <= 4; second++) {
      figures.step(step(second * 5_000_000))
      clock.tick(1_000)
    }
    figures.step(step(40_000_000, 'congestionLimited'))
    expect(progressText(figures)).to.equal(
      '40%, 40 MB of 100 MB, 12.5 MB/s, 7.5s left, waiting for the link, ' +
        'average 8 MB/s, loss 2.5%, RTT 40ms',
    )
    expect(progressText(figures, 45)).to.equal('40%, 40 MB of 100 MB, 12.5 MB/s, 7.5s left')
    clock.tick(100_000)
    expect(figures.nowBytesPerS, 'falls when the bytes stand still').to.be.below(300_000)
    expect(figures.stateShares).to.deep.equal([['pacing', 1]])
  })

  it('tells which of several files is moved, in text and in JSON', async () => {
    const figures = new Figures()
    figures.step({ ...step(0), files: { done: 2, total: 3 } })
    expect(progressText(figures, 30)).to.equal('0%, file 3 of 3, 0 B of 100 MB')
    figures.step({ ...step(TOTAL_BYTES), files: { done: 3, total: 3 } })
    expect(progressText(figures, 20)).to.equal('100%, file 3 of 3')
    io = await fakeIo()
    const progress$ = new Subject<Progress>()
    const running = { outcome: new Promise<never>(() => {}), progress$, closed: Promise.resolve() }
    void followTransfer(running, told, new Output(io, { json: true }))
    progress$.next({ ...step(10), files: { done: 0, total: 7 } })
    await clock.tickAsync(1_000)
    expect(JSON.parse(io.out())).to.deep.include({ path: 'a', file: 1, files: 7 })
  })

  it('is a line every 10 s where there is no terminal', async () => {
    const end = await transfer({})
    await clock.tickAsync(9_999)
    expect(io.err()).to.equal('')
    await clock.tickAsync(10_001)
    await end()
    expect(io.err().match(/^\d+%, .*$/gm)).to.have.length(2)
    expect(io.err()).to.match(/Stored as a at the server \(100 MB in 20s, 5 MB\/s\)/)
    expect(clock.countTimers()).to.equal(0)
  })

  it('is an object a second with --json', async () => {
    const end = await transfer({ json: true })
    await clock.tickAsync(2_999)
    await end()
    const lines = io.out().trim().split('\n')
    expect(lines.map((line) => JSON.parse(line).type)).to.deep.equal([
      'progress',
      'progress',
      'done',
    ])
    expect(JSON.parse(lines[1]!)).to.deep.include({
      verb: 'put',
      path: 'a',
      doneBytes: 19_000_000,
      totalBytes: TOTAL_BYTES,
      lossShare: 0.025,
      rttMs: 40,
      state: 'pacing',
    })
    expect(io.err()).to.equal('')
    expect(clock.countTimers()).to.equal(0)
  })

  it('is nothing with --quiet', async () => {
    const end = await transfer({ quiet: true })
    await clock.tickAsync(30_000)
    await end()
    expect(io.err() + io.out()).to.equal('')
    expect(clock.countTimers()).to.equal(0)
  })

  it('is a bar at a terminal, that never wraps and is gone at the end', async () => {
    const end = await transfer({}, true)
    // It is drawn once it is loaded, which no fake clock hastens.
    await import('../../cli/progress-bar.ts')
    await new Promise(setImmediate)
    expect(io.err()).not.to.equal('')
    await clock.tickAsync(5_000)
    expect(io.err()).to.match(/\[=+-+\] (4\d|50)%, (4\d|50) MB of 100 MB, (9\.\d+|10) MB\/s/)
    await end()
    const frames = io.err().split('\u001b[1G')
    for (const frame of frames) expect(frame.length).to.be.below(200)
    expect(frames.length).to.be.above(10)
    const afterClearing = io.err().split('\u001b[2K').at(-1)
    expect(afterClearing).to.include('Stored as a ').and.not.include('%')
    expect(clock.countTimers()).to.equal(0)
  })
})
