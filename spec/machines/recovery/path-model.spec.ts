import { expect } from 'chai'
import { DATAGRAM_BYTES_MIN, RTT_MS_ASSUMED } from '../../../machines/limits.ts'
import { ownLossShare } from '../../../machines/recovery/own-loss.ts'
import { paceOf } from '../../../machines/recovery/pace.ts'
import {
  bdpBytes,
  contest,
  hasQueue,
  hasRoom,
  IN_FLIGHT_BYTES_MIN,
  initialPathModel,
  isContested,
  judgeYield,
  learn,
  mistrust,
  type PathModel,
  renewRttMin,
  settle,
  yieldRate,
} from '../../../machines/recovery/path-model.ts'
import type { RoundSample } from '../../../machines/recovery/round.ts'

const RTT_MS = 100
const INITIAL_BYTES = 32 * DATAGRAM_BYTES_MIN
const RATE = 1_000_000
const OPEN = { rateBytesPerSMax: Infinity, socketBufferBytes: 1_000_000 }

function sampleOf(fields: Partial<RoundSample> = {}): RoundSample {
  return {
    atMs: 0,
    rateBytesPerS: RATE,
    trainBytesPerS: 0,
    appLimited: false,
    rttMinMs: RTT_MS,
    rttMs: RTT_MS,
    peerDelayMs: 0,
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
  return samples.reduce<PathModel>((model, fields) => learn(model, sampleOf(fields), true), begun())
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

  it('falls below that at once where a round lost more than four fifths', () => {
    const slow = { rateBytesPerS: 1_000, deliveredBytes: 1_000 }
    const assumed = begun().bandwidthBytesPerS
    expect(learned({ ...slow, lostBytes: 4_000 }).bandwidthBytesPerS).to.equal(assumed)
    expect(learned({ ...slow, lostBytes: 4_001 }).bandwidthBytesPerS).to.equal(1_000)
  })

  it('falls below that at once behind a queue', () => {
    const behind = (rttMinMs: number) =>
      learned({ rateBytesPerS: 1_000, rttMinMs }).bandwidthBytesPerS
    expect(behind(127)).to.equal(begun().bandwidthBytesPerS)
    expect(behind(127.01)).to.equal(1_000)
  })

  it('keeps the shortest round trip and when it was seen', () => {
    const first = learned({ rttMinMs: RTT_MS + 1, atMs: 5 })
    expect(first).to.include({ rttMinMs: RTT_MS + 1, rttMinAtMs: 5 })
    const longer = learn(first, sampleOf({ rttMinMs: RTT_MS + 1.1, atMs: 6 }), true)
    expect(longer).to.include({ rttMinMs: RTT_MS + 1, rttMinAtMs: 5 })
    const same = learn(longer, sampleOf({ rttMinMs: RTT_MS + 1, atMs: 7 }), true)
    expect(same).to.include({ rttMinMs: RTT_MS + 1, rttMinAtMs: 7 })
    expect(renewRttMin(same, sampleOf({ rttMinMs: 300, atMs: 8 }))).to.include({
      rttMinMs: 300,
      rttMinAtMs: 8,
    })
  })

  it('replaces the handshake’s by the first, unless that one may have seen a queue', () => {
    expect(learned({ rttMinMs: 102 }).rttMinMs).to.equal(102)
    expect(learned({ rttMinMs: 102.01 }).rttMinMs).to.equal(RTT_MS)
    const begunWith = (rttMs: number) =>
      learn(initialPathModel(rttMs, INITIAL_BYTES, 0), sampleOf({ rttMinMs: 600 }), true)
    expect(begunWith(RTT_MS_ASSUMED - 1).rttMinMs).to.equal(RTT_MS_ASSUMED - 1)
    expect(begunWith(RTT_MS_ASSUMED).rttMinMs, 'which was only assumed').to.equal(600)
  })

  describe('own loss', () => {
    const HURT = { rateBytesPerS: 0.9 * RATE }
    const lossy = { ...HURT, deliveredBytes: 80_000, lostBytes: 20_000 }
    const shareOf = (...samples: Partial<RoundSample>[]) =>
      ownLossShare(learned(...samples).ownLoss)

    it('is learned from rounds without a queue that carried less for it', () => {
      expect(shareOf({}, lossy)).to.be.closeTo(0.2, 1e-9)
      expect(shareOf({}, ...times(9, lossy))).to.be.closeTo(0.2, 1e-9)
    })

    it('is not learned from a queue', () => {
      expect(shareOf({}, { ...lossy, rttMs: 112 })).to.be.above(0.05)
      expect(shareOf({}, { ...lossy, rttMs: 112.01 })).to.equal(0)
    })

    it('is not learned from what overflows a queue too short to be seen', () => {
      const at = (rateBytesPerS: number) => shareOf({}, { ...lossy, rateBytesPerS })
      expect(at(0.95 * RATE)).to.equal(0)
      expect(at(0.949 * RATE)).to.be.above(0.05)
      expect(at(0), 'nothing told').to.equal(0)
    })

    it('is not learned at a pace that was not kept', () => {
      const model = learn(learned({}), sampleOf(lossy), false)
      expect(ownLossShare(model.ownLoss)).to.equal(0)
    })

    it('is learned of a round from the one that outdoes it', () => {
      const grown = { rateBytesPerS: 2 * RATE, deliveredBytes: 90_000, lostBytes: 10_000 }
      expect(shareOf({ deliveredBytes: 80_000, lostBytes: 20_000 })).to.equal(0)
      expect(shareOf({ deliveredBytes: 80_000, lostBytes: 20_000 }, grown)).to.equal(0.2)
    })

    it('is forgotten when it is gone, whatever was delivered', () => {
      expect(shareOf({}, ...times(9, lossy), ...times(30, {}))).to.be.below(0.001)
    })
  })

  it('settles on what a train that filled the path shows', () => {
    const model = settle(initialPathModel(RTT_MS, INITIAL_BYTES, 0), 50_000)
    expect(model.bandwidthBytesPerS).to.equal(50_000)
    expect(learn(model, sampleOf({ rateBytesPerS: 40_000 }), true).bandwidthBytesPerS).to.equal(
      50_000,
    )
  })

  it('yields to what the last two rounds show', () => {
    const model = learned({}, { rateBytesPerS: RATE / 2 }, { rateBytesPerS: RATE / 4 })
    expect(model.bandwidthBytesPerS).to.equal(RATE)
    expect(yieldRate(model).bandwidthBytesPerS).to.equal(RATE / 2)
    expect(yieldRate(begun()).bandwidthBytesPerS).to.equal(begun().bandwidthBytesPerS)
  })

  it('believes losses to be the path’s own where the round trip hardly outgrew the shortest', () => {
    const lost = (rttMs: number) => {
      const renewed = renewRttMin(learned(...times(9, {})), sampleOf({ rttMinMs: 3 * RTT_MS }))
      const round = { rttMinMs: 3 * RTT_MS, rateBytesPerS: RATE / 2, lostBytes: 100_000 }
      return ownLossShare(learn(renewed, sampleOf({ ...round, rttMs }), true).ownLoss)
    }
    // The floor follows by a tenth, what is noticed lies a tenth above that, and 2 ms of blur.
    expect(lost(1.1 * 1.1 * RTT_MS + 2)).to.be.above(0.1)
    expect(lost(1.1 * 1.1 * RTT_MS + 2.01)).to.equal(0)
  })

  it('trusts a quarter of what it knew after a silence', () => {
    const model = mistrust(learned(...times(9, {})))
    expect(model.bandwidthBytesPerS).to.equal(RATE / 4)
    const after = learn(model, sampleOf({ rateBytesPerS: 1_000 }), true)
    expect(after.bandwidthBytesPerS).to.equal(RATE / 4)
  })

  it('sees a queue in the quickest round trip of a round', () => {
    const model = learned({})
    expect(hasQueue(model, sampleOf({ rttMinMs: 127 }))).to.equal(false)
    expect(hasQueue(model, sampleOf({ rttMinMs: 127.01 }))).to.equal(true)
  })

  it('takes the rate of a sender with too little to send only for more, or behind a queue', () => {
    const before = times(5, {})
    const slow = { rateBytesPerS: RATE / 2, appLimited: true }
    const bandwidthOf = (fields: Partial<RoundSample>) =>
      learned(...before, ...times(10, { ...slow, ...fields })).bandwidthBytesPerS
    expect(bandwidthOf({})).to.equal(RATE)
    expect(bandwidthOf({ rateBytesPerS: 2 * RATE })).to.equal(2 * RATE)
    expect(bandwidthOf({ rttMinMs: 2 * RTT_MS, rttMs: 2 * RTT_MS })).to.equal(RATE / 2)
  })

  describe('a queue that others keep standing', () => {
    const queued = { rttMinMs: 2 * RTT_MS, rttMs: 2 * RTT_MS }

    it('is one that ten rounds in a row saw twice as long as is steered for', () => {
      expect(isContested(learned({}, ...times(9, queued)))).to.equal(false)
      expect(isContested(learned({}, ...times(10, queued)))).to.equal(true)
      expect(isContested(learned({}, ...times(10, queued), {}))).to.equal(false)
      expect(isContested(learned({}, ...times(9, queued), {}, queued))).to.equal(false)
      const behind = (rttMinMs: number) => learned({}, ...times(10, { rttMinMs }))
      // 32 000 bytes last 0.32 of the round trip, and 0.25 is the most; and 1 ms of blur.
      const twiceMs = 2 * (RTT_MS / (1 / 0.32 + 1 / 0.25) + 1)
      expect(isContested(behind(RTT_MS + twiceMs - 0.01))).to.equal(false)
      expect(isContested(behind(RTT_MS + twiceMs + 0.01))).to.equal(true)
    })

    it('is not given way to: its share is kept in it, unless it is time to drain', () => {
      const model = learned({}, ...times(10, queued))
      const filling = bdpBytes(model) + (RATE * RTT_MS) / 1_000
      const paceAt = (inFlight: number, contends: boolean) =>
        paceOf(model, { rate: 1, inFlight, steers: true, contends }, OPEN, null)
      expect(paceAt(1.5, true).inFlightBytesMax).to.equal(1.5 * filling)
      expect(paceAt(1.5, true).rateBytesPerS).to.equal(RATE)
      expect(paceAt(1, false).inFlightBytesMax).to.equal(bdpBytes(model))
      const slower = { ...queued, rateBytesPerS: RATE / 2 }
      expect(learn(model, sampleOf(slower), true).bandwidthBytesPerS).to.equal(RATE)
    })

    it('is pressed into as if there were none after fourteen, or if others held before', () => {
      const rateOf = (model: PathModel, steers = true) =>
        paceOf(model, { rate: 1, inFlight: 1.5, steers }, OPEN, null).rateBytesPerS
      const behind = (rounds: number) => learned({}, ...times(rounds, queued))
      expect(rateOf(behind(9))).to.equal(0.75 * RATE)
      expect(rateOf(behind(10))).to.equal(RATE)
      expect(rateOf(behind(13))).to.equal(RATE)
      expect(rateOf(behind(14))).to.equal(1.05 * RATE)
      expect(rateOf(behind(14), false)).to.equal(RATE)
      const heldBy = (vainYields: number) => {
        const sample = sampleOf(queued)
        let model = behind(10)
        for (let i = 0; i < vainYields; i += 1) model = judgeYield(yieldRate(model), sample)
        return model
      }
      expect(rateOf(heldBy(2))).to.equal(RATE)
      expect(rateOf(heldBy(3))).to.equal(1.05 * RATE)
    })

    it('is not pressed into where the least under way is more than fills the path', () => {
      const shareTaken = (bdp: number) => {
        // A path's round trip counts with 2 ms of blur.
        const rateBytesPerS = (bdp * 1_000) / (RTT_MS + 2)
        const model = learned({}, ...times(14, { ...queued, rateBytesPerS }))
        const pace = paceOf(model, { rate: 1, inFlight: 1.5, steers: true }, OPEN, null)
        return pace.rateBytesPerS / model.bandwidthBytesPerS
      }
      expect(shareTaken(IN_FLIGHT_BYTES_MIN + 1)).to.equal(1.05)
      expect(shareTaken(IN_FLIGHT_BYTES_MIN - 1)).to.equal(1)
    })
  })

  describe('who yields', () => {
    const queued = sampleOf({ rttMinMs: 2 * RTT_MS, rttMs: 2 * RTT_MS })
    const yieldedIn = (model: PathModel, times: number) => {
      let yielded = learn(model, queued, true)
      for (let i = 0; i < times; i += 1) yielded = judgeYield(yieldRate(yielded), queued)
      return yielded
    }

    it('takes every queue for that of others, once they held three times', () => {
      expect(isContested(yieldedIn(learned({}), 2))).to.equal(false)
      const held = yieldedIn(learned({}), 3)
      expect(isContested(held)).to.equal(true)
      expect(isContested(learn(held, sampleOf(), true)), 'without a queue').to.equal(false)
    })

    it('tells nothing by room that is less than the least under way', () => {
      // Half of what fills the path is eight datagrams.
      const least = 16 * DATAGRAM_BYTES_MIN
      const vainYields = (bytes: number) => {
        const rateBytesPerS = (bytes * 1_000) / (RTT_MS + 2)
        const model = { ...learned({}), bandwidthBytesPerS: rateBytesPerS, recentRates: [] }
        return judgeYield(yieldRate(model), queued).rivals.vainYields
      }
      expect(vainYields(least + 1)).to.equal(1)
      expect(vainYields(least - 1)).to.equal(0)
    })
  })

  describe('pace', () => {
    const model = learned(...times(5, {}))

    it('follows gains over bandwidth and what fills the path', () => {
      expect(bdpBytes(model)).to.equal((RATE * (RTT_MS + 2)) / 1_000)
      const pace = paceOf(model, { rate: 1.25, inFlight: 2 }, OPEN, null)
      expect(pace).to.deep.equal({
        rateBytesPerS: 1.25 * RATE,
        inFlightBytesMax: 2 * bdpBytes(model),
        drainedBytes: 0,
        queuedRttMs: Infinity,
        lossShareMax: 0.02,
        noticedRttMs: 1.1 * RTT_MS + 2,
      })
    })

    it('lets as much more be under way as the peer is late to report', () => {
      const late = { ...model, peerDelayMs: 20 }
      const pace = paceOf(late, { rate: 1, inFlight: 2 }, OPEN, null)
      expect(pace.inFlightBytesMax).to.equal(2 * (bdpBytes(model) + (20 * RATE) / 1_000))
    })

    it('steers for a short queue of its own, by as much as a quarter down and a twentieth up', () => {
      const gains = { rate: 1, inFlight: 1, steers: true }
      const rateAt = (queueMs: number) =>
        paceOf({ ...model, queueMs }, gains, OPEN, null).rateBytesPerS / RATE
      // 32 000 bytes last 0.32 of the round trip, and 0.25 is the most; and 1 ms of blur.
      const standingMs = RTT_MS / (1 / 0.32 + 1 / 0.25) + 1
      expect(rateAt(standingMs)).to.be.closeTo(1, 1e-9)
      expect(rateAt(standingMs + 10)).to.be.closeTo(0.95, 1e-9)
      expect(rateAt(standingMs - 2)).to.be.closeTo(1.01, 1e-9)
      expect(rateAt(0)).to.equal(1.05)
      expect(rateAt(500)).to.equal(0.75)
      // Where that is next to nothing, 0.08 of the round trip, and 1 ms of blur.
      const fast = { ...model, bandwidthBytesPerS: 1e9, queueMs: 9 }
      expect(paceOf(fast, gains, OPEN, null).rateBytesPerS).to.be.closeTo(1e9, 1)
    })

    it('takes a queue for that of others at once where room was made in vain', () => {
      expect(isContested(model)).to.equal(false)
      const contested = contest(model)
      expect(isContested(contested)).to.equal(true)
      const empty = learn(contested, sampleOf(), true)
      expect(isContested(empty), 'until it is empty').to.equal(false)
      expect(contest({ ...model, queuedRounds: 99 }).queuedRounds).to.equal(99)
    })

    describe('has room when that queue does not come about', () => {
      // Of a queue of 15.04 ms less than 0.3 is none.
      const roomy = { rttMinMs: RTT_MS + 4.5 }
      const queued = { rttMinMs: RTT_MS + 4.53 }
      const roomAfter = (...samples: Partial<RoundSample>[]) =>
        hasRoom(learned({}, queued, ...samples))

      it('for three rounds in a row', () => {
        expect(roomAfter(...times(2, roomy))).to.equal(false)
        expect(roomAfter(...times(3, roomy))).to.equal(true)
        expect(roomAfter(...times(3, roomy), queued)).to.equal(false)
        expect(roomAfter(...times(2, roomy), queued, roomy)).to.equal(false)
      })

      it('though there was enough to send, at a pace that was kept', () => {
        expect(roomAfter(...times(3, { ...roomy, appLimited: true }))).to.equal(false)
        const two = learned({}, queued, ...times(2, roomy))
        expect(hasRoom(learn(two, sampleOf(roomy), false))).to.equal(false)
      })
    })

    it('keeps to the rate asked for, and above the least', () => {
      const gains = { rate: 1, inFlight: 1 }
      const limited = (rateBytesPerSMax: number) =>
        paceOf(model, gains, { ...OPEN, rateBytesPerSMax }, null).rateBytesPerS
      expect(limited(RATE - 1)).to.equal(RATE - 1)
      expect(limited(RATE + 1)).to.equal(RATE)
      expect(limited(500)).to.equal(500)
      const slow = { ...model, bandwidthBytesPerS: 1 }
      expect(paceOf(slow, gains, OPEN, null).rateBytesPerS).to.equal(10_000)
    })

    it('lets eight datagrams be under way at least', () => {
      const slow = { ...model, bandwidthBytesPerS: 1 }
      const pace = paceOf(slow, { rate: 1, inFlight: 0.75 }, OPEN, 'drained')
      expect(pace.inFlightBytesMax).to.equal(8 * DATAGRAM_BYTES_MIN)
      expect(pace.drainedBytes).to.equal(4 * DATAGRAM_BYTES_MIN)
    })

    it('keeps to half the peer’s socket buffer on a short path alone', () => {
      const gains = { rate: 1, inFlight: 100 }
      const bounds = { ...OPEN, socketBufferBytes: 100_000 }
      const over = (rttMinMs: number) =>
        paceOf({ ...model, rttMinMs }, gains, bounds, null).inFlightBytesMax
      expect(over(9.99)).to.equal(50_000)
      expect(over(10)).to.be.above(1_000_000)
      const tiny = paceOf({ ...model, rttMinMs: 1 }, gains, { ...OPEN, socketBufferBytes: 1 }, null)
      expect(tiny.inFlightBytesMax).to.equal(8 * DATAGRAM_BYTES_MIN)
    })

    it('asks to be told of the drain only when that is awaited', () => {
      const gains = { rate: 0.5, inFlight: 2 }
      expect(paceOf(model, gains, OPEN, 'drained').drainedBytes).to.equal(bdpBytes(model))
      expect(paceOf(model, gains, OPEN, null).drainedBytes).to.equal(0)
    })
  })
})
