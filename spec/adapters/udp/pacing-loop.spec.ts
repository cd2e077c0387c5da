import { expect } from 'chai'
import sinon from 'sinon'
import { PacingLoop, SEND_BYTES_MAX } from '../../../adapters/udp/pacing-loop.ts'
import { DATA_HEADER_BYTES, RECORD_BYTES } from '../../../machines/limits.ts'
import { Outbound } from '../../../machines/recovery/outbound.ts'

const RECORDS = 32
const SLICE = 1_400 - DATA_HEADER_BYTES
/** Sends before others get their turn. */
const SENDS_MAX = 16

describe('PacingLoop', () => {
  let clock: sinon.SinonFakeTimers
  let deferred: (() => void)[]
  let writes: number[]
  let pauses: number

  beforeEach(() => {
    clock = sinon.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    deferred = []
    writes = []
    pauses = 0
  })

  afterEach(() => clock.restore())

  function begin(rateBytesPerS: number) {
    const peer = { windowRecords: 512, socketBufferBytes: 1_000_000 }
    const totalBytes = RECORDS * RECORD_BYTES
    const pace = {
      rateBytesPerS,
      inFlightBytesMax: Number.POSITIVE_INFINITY,
      drainedBytes: 0,
      queuedRttMs: Infinity,
      lossShareMax: 1,
      noticedRttMs: Infinity,
      found: null,
    }
    const input = { totalBytes, datagramBytes: 1_400, peer, rttMs: 50, atMs: 0 }
    const outbound = new Outbound(input, pace)
    outbound.takePace(pace)
    outbound.takeSealed(0, RECORDS)
    const loop = new PacingLoop(outbound, {
      write: ({ lengths }, count) => {
        let bytes = 0
        for (let i = 0; i < count; i += 1) bytes += lengths[i]! + DATA_HEADER_BYTES
        writes.push(bytes)
      },
      allowanceBytes: () => Number.POSITIVE_INFINITY,
      defer: (callback) => deferred.push(callback),
      onPause: () => {
        pauses += 1
      },
    })
    return { outbound, loop }
  }

  const written = () => writes.reduce((sum, bytes) => sum + bytes, 0)

  it('sends a quantum a millisecond, and pauses at the end', () => {
    const { loop } = begin(100_000_000)
    loop.kick()
    const before = written()
    clock.tick(1)
    expect(written() - before).to.be.within(100_000 - 1_400, 100_000 + 1_400)
    expect(writes.every((bytes) => bytes <= SEND_BYTES_MAX)).to.equal(true)
    clock.tick(100)
    expect(pauses).to.equal(1)
    expect(clock.countTimers()).to.equal(0)
  })

  it('gives others their turn between sends, however much may leave', () => {
    const { loop, outbound } = begin(1e12)
    loop.kick()
    expect(writes.length).to.be.within(1, SENDS_MAX)
    clock.tick(1)
    for (let turns = 0; turns < RECORDS && deferred.length > 0; turns += 1) {
      const before = writes.length
      deferred.shift()?.()
      expect(writes.length - before).to.be.at.most(SENDS_MAX)
    }
    expect(outbound.nextDatagramBytes).to.equal(0)
    // The first two datagrams left at once; each record that is left is one send.
    expect(writes.filter((bytes) => bytes > 44 * SLICE).length).to.equal(RECORDS - 1)
  })

  for (const [lateMs, isLate] of [
    [6, false],
    [7, true],
  ] as const) {
    it(`${isLate ? 'says' : 'says nothing'} when it comes ${lateMs} ms late on a path of 50`, () => {
      const { loop, outbound } = begin(10_000_000)
      const mark = sinon.spy(outbound.inFlight, 'markAppLimited')
      loop.kick()
      const now = sinon.stub(performance, 'now').returns(1 + lateMs)
      clock.tick(1)
      expect(mark.called).to.equal(isLate)
      now.restore()
    })
  }

  it('is silent once stopped', () => {
    const { loop } = begin(10_000_000)
    loop.kick()
    const before = writes.length
    loop.stop()
    clock.tick(100)
    loop.kick()
    expect(writes).to.have.length(before)
    expect(clock.countTimers()).to.equal(0)
  })
})
