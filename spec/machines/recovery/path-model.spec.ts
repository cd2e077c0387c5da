import { expect } from 'chai'
import { DATAGRAM_BYTES_MIN } from '../../../machines/limits.ts'
import type { RoundSample } from '../../../machines/recovery/in-flight.ts'
import {
  bdpBytes,
  hasExcessLoss,
  hasQueue,
  initialPathModel,
  learn,
  type PathModel,
  paceOf,
  renewRttMin,
} from '../../../machines/recovery/path-model.ts'

const RTT_MS = 100
const INITIAL_BYTES = 32 * DATAGRAM_BYTES_MIN
const RATE = 1_000_000
const OPEN = { rateBytesPerSMax: Infinity, socketBufferBytes: 1_000_000 }

function sampleOf(fields: Partial<RoundSample> = {}): RoundSample {
  return {
    atMs: 0,
    rateBytesPerS: RATE,
    appLimited: false,
    rttMinMs: RTT_MS,
    rttMs: RTT_MS,
    deliveredBytes: 100_000,
    lostBytes: 0,
    inFlightBytes: 0,
    ...fields,
  }
}

function begun(): PathModel {
  return initialPathModel(RTT_MS, INITIAL_BYTES, 0)
}

function learned(...samples: Partial<RoundSample>[]): PathModel {
  return samples.reduce<PathModel>((model, fields) => learn(model, sampleOf(fields)), begun())
}

function times(count: number, fields: Partial<RoundSample>): Partial<RoundSample>[] {
  return new Array<Partial<RoundSample>>(count).fill(fields)
}

describe('path model', () => {
  it('begins with the initial window over the round trip of the handshake', () => {
    expect(begun().bandwidthBytesPerS).to.equal((INITIAL_BYTES * 1_000) / RTT_MS)
    expect(initialPathModel(0, INITIAL_BYTES, 0).bandwidthBytesPerS).to.equal(INITIAL_BYTES * 1_000)
  })

  it('does not fall below that for four rounds', () => {
    const slow = { rateBytesPerS: 1_000 }
    const assumed = begun().bandwidthBytesPerS
    expect(learned(...times(3, slow)).bandwidthBytesPerS).to.equal(assumed)
    expect(learned(...times(4, slow)).bandwidthBytesPerS).to.equal(1_000)
  })

  it('takes the best of the last ten rounds for the bandwidth', () => {
    const slower = { rateBytesPerS: RATE / 2 }
    expect(learned({}, ...times(9, slower)).bandwidthBytesPerS).to.equal(RATE)
    expect(learned({}, ...times(10, slower)).bandwidthBytesPerS).to.equal(RATE / 2)
  })

  it('counts a round that lacked things to send only when it shows more', () => {
    const idle = { rateBytesPerS: 10, appLimited: true }
    expect(learned({}, ...times(20, idle)).bandwidthBytesPerS).to.equal(RATE)
    const more = { rateBytesPerS: RATE + 1, appLimited: true }
    expect(learned({}, more).bandwidthBytesPerS).to.equal(RATE + 1)
    expect(learned({}, ...times(20, { rateBytesPerS: 0 })).bandwidthBytesPerS).to.equal(RATE)
  })

  it('keeps the shortest round trip and when it was seen; the first replaces the handshake’s', () => {
    const first = learned({ rttMinMs: 120, atMs: 5 })
    expect(first).to.include({ rttMinMs: 120, rttMinAtMs: 5 })
    const longer = learn(first, sampleOf({ rttMinMs: 120.1, atMs: 6 }))
    expect(longer).to.include({ rttMinMs: 120, rttMinAtMs: 5 })
    const same = learn(longer, sampleOf({ rttMinMs: 120, atMs: 7 }))
    expect(same).to.include({ rttMinMs: 120, rttMinAtMs: 7 })
    expect(renewRttMin(same, sampleOf({ rttMinMs: 300, atMs: 8 }))).to.include({
      rttMinMs: 300,
      rttMinAtMs: 8,
    })
  })

  describe('base loss', () => {
    /** The weight of the second round, then that of those after the third. */
    const SECOND = 1 / 3
    const HURT = { rateBytesPerS: 0.9 * RATE }
    const lossy = { ...HURT, deliveredBytes: 80_000, lostBytes: 20_000 }

    it('is learned from rounds without a queue that delivered less for it', () => {
      expect(learned({}, lossy).baseLoss).to.be.closeTo(0.2 * SECOND, 1e-9)
      expect(learned({}, ...times(9, lossy)).baseLoss).to.be.closeTo(
        0.2 * (1 - (1 - SECOND) * 0.75 ** 8),
        1e-9,
      )
    })

    it('is not learned from a queue', () => {
      // Unqueued is up to 1.1 of the shortest round trip, and a millisecond of blur.
      expect(learned({}, { ...lossy, rttMinMs: 111 }).baseLoss).to.be.above(0.05)
      expect(learned({}, { ...lossy, rttMinMs: 111.01 }).baseLoss).to.equal(0)
    })

    it('is not learned from what overflows a queue too short to be seen', () => {
      const at = (rateBytesPerS: number) => learned({}, { ...lossy, rateBytesPerS }).baseLoss
      expect(at(0.95 * RATE)).to.equal(0)
      expect(at(0.949 * RATE)).to.be.above(0.05)
      expect(at(0), 'nothing told').to.equal(0)
    })

    it('is believed up to 60 %', () => {
      const model = { ...learned({}), baseLoss: 0.59 }
      const worse = sampleOf({ ...HURT, deliveredBytes: 1, lostBytes: 99 })
      expect(learn(model, worse).baseLoss).to.equal(0.6)
    })

    it('is forgotten when it is gone, whatever was delivered', () => {
      const model = learned({}, ...times(9, lossy))
      const clean = times(30, {}).reduce<PathModel>(
        (m, fields) => learn(m, sampleOf(fields)),
        model,
      )
      expect(clean.baseLoss).to.be.below(0.001)
    })
  })

  it('sees a queue in the quickest round trip of a round', () => {
    const model = learned({})
    expect(hasQueue(model, sampleOf({ rttMinMs: 127 }))).to.equal(false)
    expect(hasQueue(model, sampleOf({ rttMinMs: 127.01 }))).to.equal(true)
  })

  it('calls loss excessive only above the base and with a queue', () => {
    const model = learned({})
    const queued = { rttMinMs: 200 }
    const two = { deliveredBytes: 98, lostBytes: 2 }
    const three = { deliveredBytes: 97, lostBytes: 3 }
    expect(hasExcessLoss(model, sampleOf({ ...queued, ...two }))).to.equal(false)
    expect(hasExcessLoss(model, sampleOf({ ...queued, ...three }))).to.equal(true)
    expect(hasExcessLoss(model, sampleOf(three))).to.equal(false)
    const lossy = { ...model, baseLoss: 0.2 }
    const quarter = { ...queued, deliveredBytes: 75, lostBytes: 25 }
    expect(
      hasExcessLoss(lossy, sampleOf({ ...queued, deliveredBytes: 79, lostBytes: 21 })),
    ).to.equal(false)
    expect(hasExcessLoss(lossy, sampleOf(quarter))).to.equal(true)
    expect(hasExcessLoss(model, sampleOf({ ...queued, deliveredBytes: 0 }))).to.equal(false)
  })

  describe('pace', () => {
    const model = learned(...times(5, {}))

    it('follows gains over bandwidth and what fills the path', () => {
      expect(bdpBytes(model)).to.equal((RATE * (RTT_MS + 2)) / 1_000)
      const pace = paceOf(model, { rate: 1.25, inFlight: 2 }, OPEN, false)
      expect(pace).to.deep.equal({
        rateBytesPerS: 1.25 * RATE,
        inFlightBytesMax: 2 * bdpBytes(model),
        drainedBytes: 0,
      })
    })

    it('sends so much more that the bandwidth arrives in spite of the base loss', () => {
      const pace = paceOf({ ...model, baseLoss: 0.2 }, { rate: 1, inFlight: 1 }, OPEN, false)
      expect(pace.rateBytesPerS * 0.8).to.be.closeTo(RATE, 1e-6)
    })

    it('keeps to the rate asked for, and above the least', () => {
      const gains = { rate: 1, inFlight: 1 }
      const limited = (rateBytesPerSMax: number) =>
        paceOf(model, gains, { ...OPEN, rateBytesPerSMax }, false).rateBytesPerS
      expect(limited(RATE - 1)).to.equal(RATE - 1)
      expect(limited(RATE + 1)).to.equal(RATE)
      expect(limited(500)).to.equal(500)
      const slow = { ...model, bandwidthBytesPerS: 1 }
      expect(paceOf(slow, gains, OPEN, false).rateBytesPerS).to.equal(10_000)
    })

    it('lets eight datagrams be under way at least', () => {
      const slow = { ...model, bandwidthBytesPerS: 1 }
      const pace = paceOf(slow, { rate: 1, inFlight: 0.75 }, OPEN, true)
      expect(pace.inFlightBytesMax).to.equal(8 * DATAGRAM_BYTES_MIN)
      expect(pace.drainedBytes).to.equal(4 * DATAGRAM_BYTES_MIN)
    })

    it('keeps to half the peer’s socket buffer on a short path alone', () => {
      const gains = { rate: 1, inFlight: 100 }
      const bounds = { ...OPEN, socketBufferBytes: 100_000 }
      const over = (rttMinMs: number) =>
        paceOf({ ...model, rttMinMs }, gains, bounds, false).inFlightBytesMax
      expect(over(9.99)).to.equal(50_000)
      expect(over(10)).to.be.above(1_000_000)
      const tiny = paceOf(
        { ...model, rttMinMs: 1 },
        gains,
        { ...OPEN, socketBufferBytes: 1 },
        false,
      )
      expect(tiny.inFlightBytesMax).to.equal(8 * DATAGRAM_BYTES_MIN)
    })

    it('asks to be told of the drain only when that is awaited', () => {
      const gains = { rate: 0.5, inFlight: 2 }
      expect(paceOf(model, gains, OPEN, true).drainedBytes).to.equal(bdpBytes(model))
      expect(paceOf(model, gains, OPEN, false).drainedBytes).to.equal(0)
    })
  })
})
