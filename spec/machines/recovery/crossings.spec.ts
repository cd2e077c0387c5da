import { expect } from 'chai'
import { DATAGRAM_BYTES_MIN } from '../../../machines/limits.ts'
import { Crossings } from '../../../machines/recovery/crossings.ts'
import { InFlight } from '../../../machines/recovery/in-flight.ts'
import type { Pace } from '../../../machines/recovery/pace.ts'
import { RttEstimator } from '../../../machines/recovery/rtt.ts'
import { SizeWatch } from '../../../machines/recovery/size-watch.ts'

const CALM: Pace = {
  rateBytesPerS: 1,
  inFlightBytesMax: 1,
  drainedBytes: 0,
  queuedRttMs: Infinity,
  lossShareMax: 0.1,
  noticedRttMs: 60,
  found: null,
}
const EXCESS_BYTES_MAX = 16 * DATAGRAM_BYTES_MIN

function inFlightAt(rttMs: number, bytes = 0, lostBytes = 0): InFlight {
  const inFlight = new InFlight(new RttEstimator(rttMs), new SizeWatch(DATAGRAM_BYTES_MIN), 0)
  inFlight.bytes = bytes
  inFlight.round.lostBytes = lostBytes
  return inFlight
}

describe('Crossings', () => {
  it('finds nothing where nothing is awaited', () => {
    expect(new Crossings(CALM).take(inFlightAt(5_000), 0)).to.equal(null)
  })

  it('finds the drain and the queue that a pace awaits, once', () => {
    const drain = new Crossings({ ...CALM, drainedBytes: 100 })
    expect(drain.take(inFlightAt(50, 101), 0)).to.equal(null)
    expect(drain.take(inFlightAt(50, 100), 0)).to.equal('drained')
    expect(drain.take(inFlightAt(50, 100), 0)).to.equal(null)
    const queue = new Crossings({ ...CALM, queuedRttMs: 70 })
    expect(queue.take(inFlightAt(70), 0)).to.equal(null)
    expect(queue.take(inFlightAt(70.1), 0)).to.equal('queued')
    expect(queue.take(inFlightAt(70.1), 0)).to.equal(null)
    queue.await({ ...CALM, queuedRttMs: 70 })
    expect(queue.take(inFlightAt(70.1), 0)).to.equal('queued')
  })

  it('finds an overflow by more loss than is expected, with a queue, once a round', () => {
    // Of a round that lost all, half was expected: 1 200 bytes, the root of half of two datagrams.
    const expectedBytes = 2 * DATAGRAM_BYTES_MIN
    const crossings = new Crossings({ ...CALM, lossShareMax: 0.5 })
    expect(crossings.take(inFlightAt(61, 0, expectedBytes), 0)).to.equal(null)
    expect(crossings.take(inFlightAt(60, 0, expectedBytes + 1), 0)).to.equal(null)
    const overflowing = inFlightAt(61, 0, expectedBytes + 1)
    expect(crossings.take(overflowing, 0)).to.equal('overflowed')
    crossings.await({ ...CALM, lossShareMax: 0.5 })
    expect(crossings.take(overflowing, 0)).to.equal(null)
    overflowing.round.begin(100)
    overflowing.round.lostBytes = expectedBytes + 1
    expect(crossings.take(overflowing, 0)).to.equal('overflowed')
  })

  it('takes no more than 16 datagrams for lumps of chance, however large the round', () => {
    const crossings = new Crossings({ ...CALM, lossShareMax: 63 / 64 })
    // One in 64 of 1 024 was not expected; the root of half as many is 22.
    const bytes = 64 * EXCESS_BYTES_MAX
    expect(crossings.take(inFlightAt(61, 0, bytes), 0)).to.equal(null)
    expect(crossings.take(inFlightAt(61, 0, bytes + 1), 0)).to.equal('overflowed')
  })

  it('finds a silence with the fourth probe that is not answered, once', () => {
    const crossings = new Crossings(CALM)
    const taken = [1, 2, 3, 4, 5, 0, 4].map((probes) => crossings.take(inFlightAt(50), probes))
    expect(taken).to.deep.equal([null, null, null, 'silent', null, null, 'silent'])
  })
})
