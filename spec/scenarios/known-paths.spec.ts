import { expect } from 'chai'
import { delay, rate } from 'ferrygram/simulation'
import { overBottleneck } from '../bench/bottleneck.ts'
import { cargo, PEER, type Voyage, voyage } from '../support/voyage.ts'

const MIB = 2 ** 20
const RTT_MS = 100
const BYTES_PER_S = 12_500_000
const bottleneck = rate({ bytesPerS: BYTES_PER_S, queueBytes: (BYTES_PER_S * RTT_MS) / 1_000 })
const sea = { seed: 1, link: [bottleneck, delay(RTT_MS / 2)] }

/** How long a transfer takes that arrives; afterwards both sides know that it is over. */
async function took(
  { arrive, clock }: Voyage,
  start: () => { readonly outcome: Promise<unknown> },
): Promise<number> {
  const startMs = performance.now()
  expect(await arrive(start().outcome, 20_000)).to.have.property('ok')
  const tookMs = performance.now() - startMs
  await clock.tickAsync(RTT_MS)
  return tookMs
}

describe('a path that is known', () => {
  it('is used at once by the next put', async () => {
    let drops = 0
    const trace = ({ type }: { readonly type: string }) => {
      if (type === 'dropped') drops += 1
    }
    await voyage({ ...sea, trace }, async (each) => {
      const bytes = cargo(8 * MIB)
      each.sea.clientFiles.set('put', bytes)
      const put = (as: string) => took(each, () => each.sea.put(PEER, 'put', { key: null, as }))
      const searchedMs = await put('1')
      expect(await put('2')).to.be.below(searchedMs - 1.5 * RTT_MS)
      expect(each.sea.serverFiles.bytes('2')?.equals(bytes)).to.equal(true)
      expect(drops).to.equal(0)
    })
  })

  it('that carries a tenth by now is found out about within a window', async () => {
    const change = { atMs: 2_000, mbitPerS: 10 }
    await overBottleneck({ rttMs: RTT_MS, change }, async (each, trace) => {
      each.sea.clientFiles.set('put', cargo(4 * MIB))
      const put = (as: string) => took(each, () => each.sea.put(PEER, 'put', { key: null, as }))
      await put('1')
      await each.clock.tickAsync(2_000)
      const droppedBefore = trace.tailDrops
      await put('2')
      const windowPackets = (0.625 * BYTES_PER_S * RTT_MS) / 1_000 / 1_200
      expect(trace.tailDrops - droppedBefore).to.be.at.most(windowPackets)
    })
  })

  it('is trusted by one alone of several that begin at once', async () => {
    const dropsOf = async (known: boolean) => {
      let share = 0
      await overBottleneck({ rttMs: RTT_MS }, async (each, trace) => {
        each.sea.clientFiles.set('put', cargo(MIB))
        const put = (as: string) => each.sea.put(PEER, 'put', { key: null, as })
        if (known) await took(each, () => put('before'))
        const puts = Array.from({ length: 8 }, (_, i) => put(`${i}`).outcome)
        await took(each, () => ({ outcome: Promise.all(puts).then((all) => all[0]) }))
        share = trace.tailDrops / trace.sent
      })
      return share
    }
    expect(await dropsOf(true)).to.be.at.most((await dropsOf(false)) + 0.002)
  })
})
