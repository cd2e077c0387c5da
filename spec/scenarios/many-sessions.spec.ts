import { setMaxListeners } from 'node:events'
import { expect } from 'chai'
import { delay, drop, type LinkStep, type PlainRule, type Rule, rate } from 'ferrygram/simulation'
import { DATA, isHello, peekSessionId } from '../../adapters/wire/datagram.ts'
import { TURN_MS, TURNS_INITIAL } from '../../machines/limits.ts'
import { type Fleet, sail } from '../bench/fleet.ts'
import { cargo, PEER, voyage } from '../support/voyage.ts'

/** A tenth of `npm run bench -- scale`. */
const MANY = 100
const FILE_BYTES = 100 * 1024
const GOODPUT_MIN = 0.7
const WASTE_MAX = 1.5
/** Of the work a session is where all begin at once. */
const TIMERS_RATIO_MAX = 1.3
const SMALL_BYTES = 30 * 1024
/** Of the links below, whose queues hold as long again as the path is. */
const FULL_ROUND_TRIP_MS = 100
const key = null

/** When the sessions that cross a link begin to move records. */
class Crossing {
  /** By session id, in the order of the hellos; null until it begins. */
  readonly #begunMs = new Map<string, number | null>()

  readonly trace = (step: LinkStep): void => {
    const { bytes } = step.packet
    const id = peekSessionId(bytes) ?? ''
    if (isHello(bytes) && !this.#begunMs.has(id)) this.#begunMs.set(id, null)
    if (bytes[0] !== DATA || this.#begunMs.get(id) !== null) return
    this.#begunMs.set(id, performance.now())
  }

  /** Of the nth session, counted from 0. */
  begunMs(n: number): number {
    return [...this.#begunMs.values()][n] ?? expect.fail(`session ${n} has not begun`)
  }
}

describe('many sessions at once', () => {
  for (const verb of ['put', 'get'] as const) {
    it(`${verb}: all arrive, together as fast as one, and send hardly anything twice`, async () => {
      const fleet: Fleet = { verb, sessions: MANY, sizeBytes: FILE_BYTES }
      const many = await sail(fleet)
      const one = await sail({ ...fleet, sessions: 1, sizeBytes: MANY * FILE_BYTES })
      const few = await sail({ ...fleet, sessions: TURNS_INITIAL })
      expect(many.goodputBytesPerS / one.goodputBytesPerS).to.be.above(GOODPUT_MIN)
      expect(many.waste).to.be.below(WASTE_MAX)
      expect(many.timersPerSession / few.timersPerSession).to.be.below(TIMERS_RATIO_MAX)
    }).timeout(60_000)
  }

  for (const mbitPerS of [8, 32]) {
    it(`those that wait wait no longer than a turn, whatever fills ${mbitPerS} Mbit/s`, () => {
      const crossing = new Crossing()
      const link: Rule[] = [rate({ bytesPerS: mbitPerS * 125_000, queueMs: 50 }), delay(25)]
      return voyage({ seed: 1, link, trace: crossing.trace }, async ({ sea, arrive, clock }) => {
        sea.clientFiles.set('ship.bin', cargo(2 * mbitPerS * 125_000))
        sea.clientFiles.set('crate.bin', cargo(SMALL_BYTES))
        const abort = new AbortController()
        setMaxListeners(TURNS_INITIAL, abort.signal)
        const ships = Array.from({ length: TURNS_INITIAL }, (_, i) =>
          sea.put(PEER, 'ship.bin', { key, as: `ship-${i}.bin`, signal: abort.signal }),
        )
        const startMs = performance.now()
        const crate = sea.put(PEER, 'crate.bin', { key })
        await clock.tickAsync(TURN_MS + 3 * FULL_ROUND_TRIP_MS)
        expect(crossing.begunMs(TURNS_INITIAL) - startMs).to.be.above(TURN_MS)
        expect(await arrive(crate.outcome, 10_000)).to.have.property('ok')
        expect(performance.now() - startMs).to.be.below(4 * TURN_MS)
        abort.abort()
        await arrive(Promise.all([...ships, crate].map(({ closed }) => closed)), 10_000)
      })
    })
  }

  it('of all kinds, over a link that loses some of what tells them to wait', () => {
    const link: Rule[] = [drop(0.1), rate({ bytesPerS: 12_500_000, queueMs: 50 }), delay(25)]
    return voyage({ seed: 3, link }, async ({ sea, arrive }) => {
      const bytes = cargo(SMALL_BYTES)
      sea.serverFiles.set('crate.bin', bytes)
      sea.clientFiles.set('crate.bin', bytes)
      const running = Array.from({ length: 3 * TURNS_INITIAL }, (_, i) => {
        for (const side of ['port', 'starboard']) sea.serverFiles.set(`${side}-${i}.bin`, bytes)
        return [
          sea.put(PEER, 'crate.bin', { key, as: `put-${i}.bin` }),
          sea.get(PEER, 'crate.bin', { key, as: `got-${i}.bin` }),
          sea.getAll(PEER, [`port-${i}.bin`, `starboard-${i}.bin`], { key }),
          sea.list(PEER, { key }),
        ]
      }).flat()
      const outcomes = await arrive(Promise.all(running.map(({ outcome }) => outcome)), 60_000)
      for (const outcome of outcomes) expect(outcome).to.have.property('ok')
      await arrive(Promise.all(running.map(({ closed }) => closed)), 60_000)
      for (let i = 0; i < 3 * TURNS_INITIAL; i += 1) {
        expect(sea.serverFiles.bytes(`put-${i}.bin`)?.equals(bytes)).to.equal(true)
        for (const name of [`got-${i}`, `received_port-${i}`, `received_starboard-${i}`]) {
          expect(sea.clientFiles.bytes(`${name}.bin`)?.equals(bytes), name).to.equal(true)
        }
      }
    })
  }).timeout(20_000)

  it('a hello that took long to arrive does not slow what follows it', async () => {
    // The hello of 3 s gets through; what answers its welcome does not.
    const deaf: PlainRule = (packet) =>
      packet.atMs < 3_000 || (packet.atMs > 3_050 && packet.atMs < 3_500) ? null : packet
    const options = { seed: 1, toServer: [deaf], link: [delay(25)] }
    await voyage(options, async ({ sea, arrive }) => {
      sea.clientFiles.set('crate.bin', cargo(FILE_BYTES))
      const outcome = await arrive(sea.put(PEER, 'crate.bin', { key }).outcome, 5_000)
      expect(outcome).to.have.property('ok')
    })
  })
})
