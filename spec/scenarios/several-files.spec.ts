import { expect } from 'chai'
import { cut, delay, drop, type Rule, rate } from 'ferrygram/simulation'
import { cargo, PEER, type Voyage, voyage } from '../support/voyage.ts'

const key = null
const FILES = 1_000
const FILE_BYTES = 10 * 1024
const MBIT_100 = 12_500_000
const path = (loss: number): Rule[] => [
  ...(loss > 0 ? [drop(loss)] : []),
  rate({ bytesPerS: MBIT_100, queueMs: 50 }),
  delay(25),
]
const crateNames = (count: number) => Array.from({ length: count }, (_, i) => `crate-${i}.bin`)

async function durationMs(work: Promise<unknown>, { arrive }: Voyage, msMax: number) {
  const startMs = performance.now()
  expect(await arrive(work, msMax)).to.have.property('ok')
  return performance.now() - startMs
}

describe('several files in one session', () => {
  for (const loss of [0, 0.05]) {
    it(`1 000 small ones take as long as a large one, at ${loss * 100} % loss`, async () => {
      let oneMs = 0
      await voyage({ seed: 1, link: path(loss) }, async (each) => {
        each.sea.clientFiles.set('one.bin', cargo(FILES * FILE_BYTES))
        oneMs = await durationMs(each.sea.put(PEER, 'one.bin', { key }).outcome, each, 5_000)
      })
      await voyage({ seed: 1, link: path(loss) }, async (each) => {
        const { sea } = each
        const names = crateNames(FILES)
        for (const [i, name] of names.entries()) sea.clientFiles.set(name, cargo(FILE_BYTES, i % 7))
        const manyMs = await durationMs(sea.putAll(PEER, names, { key }).outcome, each, 5_000)
        console.log(oneMs, manyMs, manyMs / oneMs)
        expect(manyMs / oneMs, `${manyMs} ms over ${oneMs} ms`).to.be.at.most(1.25)
        expect(sea.serverFiles.paths()).to.have.length(FILES)
        for (const [i, name] of names.entries()) {
          expect(sea.serverFiles.bytes(name)!.equals(cargo(FILE_BYTES, i % 7)), name).to.equal(true)
        }
      })
    }).timeout(30_000)
  }
})
