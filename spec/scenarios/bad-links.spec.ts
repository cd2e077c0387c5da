import { expect } from 'chai'
import { corrupt, delay, drop, duplicate, type Rule, reorder } from 'ferrygram/simulation'
import { cargo, PEER, sealedBytes, type Voyage, voyage } from '../support/voyage.ts'

const RTT_MS = 40
const SIZE = 200_000
const SEEDS = 35
/** A sealed `done`: no status is that short. */
const DONE_BYTES = 44

interface Sea {
  readonly name: string
  readonly rules: readonly Rule[]
  /** Virtual time within which each session must be over. */
  readonly msMax: number
  /** Bytes of slices sent over bytes of sealed records, at most, summed over all seeds. */
  readonly wasteMax: number
}

const seas: readonly Sea[] = [
  { name: '10 % loss each way', rules: [drop(0.1)], msMax: 6_000, wasteMax: 1.3 },
  { name: '30 % loss each way', rules: [drop(0.3)], msMax: 12_000, wasteMax: 1.8 },
  { name: '10 % duplicates', rules: [duplicate(0.1)], msMax: 2_000, wasteMax: 1.05 },
  { name: '20 % reordering', rules: [reorder(0.2, 15)], msMax: 3_000, wasteMax: 1.6 },
  { name: 'corruption past the checksum', rules: [corrupt(0.001)], msMax: 4_000, wasteMax: 1.2 },
  {
    name: 'everything at once',
    rules: [drop(0.1), duplicate(0.1), reorder(0.2, 15), corrupt(0.001)],
    msMax: 10_000,
    wasteMax: 2,
  },
]

async function allVerbs({ sea, arrive }: Voyage, msMax: number, seed: number): Promise<void> {
  const out = cargo(SIZE, seed)
  const back = cargo(SIZE, -seed)
  sea.clientFiles.set('out.bin', out)
  sea.serverFiles.set('back.bin', back)
  const put = sea.put(PEER, 'out.bin', { key: null })
  expect(await arrive(put.outcome, msMax), 'put').to.have.property('ok')
  const get = sea.get(PEER, 'back.bin', { key: null })
  expect(await arrive(get.outcome, msMax), 'get').to.have.property('ok')
  const list = sea.list(PEER, { key: null })
  expect(await arrive(list.outcome, msMax), 'list').to.deep.equal({
    ok: { entries: await sea.serverFiles.list() },
  })
  expect(sea.serverFiles.bytes('out.bin')).to.deep.equal(out)
  expect(sea.clientFiles.bytes('received_back.bin')).to.deep.equal(back)
  const exit = sea.exit(PEER, { key: null })
  expect(await arrive(exit.outcome, msMax), 'exit').to.have.property('ok')
}

describe('bad links', () => {
  for (const { name, rules, msMax, wasteMax } of seas) {
    it(`${name}: put, get, list and exit, ${SEEDS} seeds`, async () => {
      let sent = 0
      for (let seed = 1; seed <= SEEDS; seed += 1) {
        const link = [delay(RTT_MS / 2), ...rules]
        await voyage({ seed, link }, async (each) => {
          await allVerbs(each, msMax, seed)
          sent += each.sliceBytes()
        })
      }
      expect(sent / (SEEDS * 2 * sealedBytes(SIZE)), 'bytes sent over bytes due').to.be.within(
        1,
        wasteMax,
      )
    }).timeout(60_000)
  }

  it('a last word that is lost is said again before it is asked for', async () => {
    /** When the last words leave, and how many of the first of them to lose. */
    const ending = async (lost: number) => {
      const saidAtMs: number[] = []
      const loseDone: Rule = {
        name: 'loseDone',
        start: () => (packet) => {
          if (packet.bytes.length !== DONE_BYTES) return packet
          saidAtMs.push(packet.atMs)
          return saidAtMs.length > lost ? packet : null
        },
      }
      const toClient = [loseDone, delay(RTT_MS / 2)]
      await voyage({ seed: 1, toServer: [delay(RTT_MS / 2)], toClient }, async (each) => {
        each.sea.clientFiles.set('out.bin', cargo(SIZE))
        const put = each.sea.put(PEER, 'out.bin', { key: null })
        expect(await each.arrive(put.outcome, 6_000)).to.have.property('ok')
      })
      return saidAtMs.map((atMs) => Math.round(atMs - saidAtMs[0]!))
    }
    expect(await ending(0)).to.deep.equal([0])
    expect(await ending(1)).to.deep.equal([0, 25])
    expect(await ending(2)).to.deep.equal([0, 25, 75])
  })
})
