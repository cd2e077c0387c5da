import { expect } from 'chai'
import { seededRandom } from '../../../adapters/simulation/random.ts'
import { RECORD_BYTES, SEAL_BYTES } from '../../../machines/limits.ts'
import { Layout } from '../../../machines/recovery/layout.ts'
import { type Arrived, Pair, type Path } from './pair.ts'

const SEEDS = 200
const RTT_MS = 50
const LINK: Path = { rttMs: RTT_MS, rateBytesPerS: 1_000_000 }

interface Case {
  readonly name: string
  readonly path: Path
  /** Files are of this many records or more; of less than two when not given. */
  readonly recordsMin?: number
  readonly msMax: number
  /** Bytes of slices sent over those of sealed records, at most, summed over all seeds. */
  readonly wasteMax: number
}

const cases: readonly Case[] = [
  { name: 'no loss', path: LINK, msMax: 200, wasteMax: 1 },
  { name: '10 % loss', path: { ...LINK, lossShare: 0.1 }, msMax: 1_500, wasteMax: 1.15 },
  { name: '30 % loss', path: { ...LINK, lossShare: 0.3 }, msMax: 5_000, wasteMax: 1.55 },
  { name: '50 % loss', path: { ...LINK, lossShare: 0.5 }, msMax: 12_000, wasteMax: 2.4 },
  { name: 'duplicates', path: { ...LINK, duplicateShare: 0.3 }, msMax: 200, wasteMax: 1 },
  { name: 'reordering', path: { ...LINK, lateShare: 0.2 }, msMax: 250, wasteMax: 1.2 },
  {
    name: 'records that do not open',
    path: { ...LINK, spoiltShare: 0.3 },
    recordsMin: 2,
    msMax: 350,
    wasteMax: 1.03,
  },
  {
    name: 'only records that do not open, whose blocks all go again',
    path: { ...LINK, spoiltShare: 0.3 },
    msMax: 350,
    wasteMax: 1.3,
  },
  {
    name: 'a window of one record and a slow disk',
    path: { ...LINK, windowRecords: 1, diskMs: 20, lossShare: 0.1 },
    msMax: 2_000,
    wasteMax: 1.15,
  },
  {
    name: 'everything at once',
    path: {
      ...LINK,
      lossShare: 0.2,
      duplicateShare: 0.1,
      lateShare: 0.1,
      spoiltShare: 0.1,
      windowRecords: 2,
      diskMs: 3,
    },
    msMax: 2_500,
    wasteMax: 1.6,
  },
]

function sealedBytes(totalBytes: number): number {
  return totalBytes + SEAL_BYTES * new Layout(totalBytes).recordCount
}

function expectWhole({ outbound, inbound, stored }: Arrived, totalBytes: number): void {
  const once = new Array<number>(outbound.layout.recordCount).fill(1)
  expect([...stored]).to.deep.equal(once)
  expect(outbound.doneBytes).to.equal(totalBytes)
  expect(inbound.doneBytes).to.equal(totalBytes)
  expect(outbound.deadline()).to.equal(null)
  expect(inbound.deadline()).to.equal(null)
  expect(inbound.outside).to.equal(0)
  expect(outbound.inFlight.unsentAcknowledged).to.equal(0)
  expect(outbound.inFlight.bytes).to.be.at.least(0)
}

describe('Outbound and Inbound', () => {
  for (const { name, path, recordsMin = 0, msMax, wasteMax } of cases) {
    it(`bring every byte across: ${name}, ${SEEDS} seeds`, () => {
      let sent = 0
      let due = 0
      for (let seed = 0; seed < SEEDS; seed += 1) {
        const records = Math.max(0, recordsMin - 1) + seededRandom(`size/${seed}`)() * 1.5
        const totalBytes = Math.ceil(records * RECORD_BYTES)
        const arrived = at(seed, () => new Pair(totalBytes, path, seed).run(msMax))
        expectWhole(arrived, totalBytes)
        sent += arrived.slicesBytes
        due += sealedBytes(totalBytes)
      }
      expect(sent / due).to.be.within(1, wasteMax)
    })
  }

  it('send each byte once, and lose nothing, where the path loses nothing', () => {
    for (const totalBytes of [0, 1, RECORD_BYTES - 1, RECORD_BYTES, RECORD_BYTES + 1, 3_000_000]) {
      for (const rttMs of [0.2, 5, 50, 800]) {
        const arrived = new Pair(totalBytes, { ...LINK, rttMs }, 0).run(60_000)
        expectWhole(arrived, totalBytes)
        expect(arrived.slicesBytes).to.equal(sealedBytes(totalBytes))
        expect(arrived.outbound.inFlight).to.include({ lostPackets: 0, latePackets: 0 })
        expect(arrived.inbound.duplicates).to.equal(0)
        // The bytes at the given rate, with headers; then there and back again.
        const sendingMs = arrived.outbound.inFlight.sentBytes / 1_000
        expect(arrived.tookMs).to.be.below(1.02 * sendingMs + 1.5 * rttMs + 5)
      }
    }
  })

  it('recover the last datagrams of a long path, whose probe timeout is over a second', () => {
    const path = { rttMs: 900, rateBytesPerS: 1_000_000, lossShare: 0.5 }
    for (let seed = 0; seed < SEEDS; seed += 1) {
      expectWhole(
        at(seed, () => new Pair(5_000, path, seed).run(90_000)),
        5_000,
      )
    }
  })

  it('use datagrams of any size at any rate', () => {
    for (const datagramBytes of [1_200, 1_472, 8_972, 65_507]) {
      for (const rateBytesPerS of [10_000, 100_000_000]) {
        const path = { rttMs: 20, rateBytesPerS, datagramBytes }
        const arrived = new Pair(200_000, path, 0).run(60_000)
        expectWhole(arrived, 200_000)
        expect(arrived.slicesBytes).to.equal(sealedBytes(200_000))
      }
    }
  })
})

/** Runs it, and names the seed that shows what failed. */
function at(seed: number, run: () => Arrived): Arrived {
  try {
    return run()
  } catch (error) {
    throw new Error(`seed ${seed}: ${String(error)}`, { cause: error })
  }
}
