import { expect } from 'chai'
import { delay, type PlainRule } from 'ferrygram/simulation'
import { type Fleet, sail } from '../bench/fleet.ts'
import { cargo, PEER, voyage } from '../support/voyage.ts'

/** `npm run bench -- scale` made small: as little of the link for each session as 1 000 get there. */
const FILE_BYTES = 30 * 1024
const MBIT_PER_S = 4
const MANY = 40
/** Below what the bench asks for: so few bytes each, the last session's luck counts for more. */
const GOODPUT_MIN = 0.5
/** Each session has half a datagram on the path at a time, and windows no smaller than eight. */
const WASTE_MAX = 8
/** Of the work a session is while it has five times as much of the link. */
const TIMERS_RATIO_MAX = 3

describe('many sessions at once', () => {
  for (const verb of ['put', 'get'] as const) {
    it(`${verb}: all arrive, and together nearly as fast as one`, async () => {
      const fleet: Fleet = { verb, sessions: MANY, sizeBytes: FILE_BYTES, mbitPerS: MBIT_PER_S }
      const many = await sail(fleet)
      const one = await sail({ ...fleet, sessions: 1, sizeBytes: MANY * FILE_BYTES })
      const few = await sail({ ...fleet, sessions: MANY / 5 })
      expect(many.goodputBytesPerS / one.goodputBytesPerS).to.be.above(GOODPUT_MIN)
      expect(many.waste).to.be.below(WASTE_MAX)
      expect(many.timersPerSession / few.timersPerSession).to.be.below(TIMERS_RATIO_MAX)
    }).timeout(60_000)
  }

  it('a hello that took long to arrive does not slow what follows it', async () => {
    // The hello of 3 s gets through; what answers its welcome does not.
    const deaf: PlainRule = (packet) =>
      packet.atMs < 3_000 || (packet.atMs > 3_050 && packet.atMs < 3_500) ? null : packet
    const options = { seed: 1, toServer: [deaf], link: [delay(25)] }
    await voyage(options, async ({ sea, arrive }) => {
      sea.clientFiles.set('crate.bin', cargo(FILE_BYTES))
      const outcome = await arrive(sea.put(PEER, 'crate.bin', { key: null }).outcome, 5_000)
      expect(outcome).to.have.property('ok')
    })
  })
})
