import { expect } from 'chai'
import { type Bottleneck, cross } from '../bench/bottleneck.ts'
import { besideCubic } from '../bench/cubic-rival.ts'
import { share } from '../bench/fairness.ts'

const MIB = 2 ** 20

interface Case extends Bottleneck {
  readonly name: string
  readonly shareMin: number
  readonly seeds?: readonly number[]
  readonly tailDropsMax?: number
}

// Each is a few points below what is measured; the bench runs larger files and more seeds.
const cases: readonly Case[] = [
  { name: 'nothing lost', sizeBytes: 32 * MIB, shareMin: 0.91, tailDropsMax: 0.001 },
  { name: '1 % lost', sizeBytes: 32 * MIB, loss: 0.01, shareMin: 0.89 },
  { name: '5 % lost', sizeBytes: 32 * MIB, loss: 0.05, shareMin: 0.87 },
  { name: '10 % lost', sizeBytes: 32 * MIB, loss: 0.1, shareMin: 0.86 },
  { name: '20 % lost', sizeBytes: 32 * MIB, loss: 0.2, shareMin: 0.82, seeds: [1, 2, 3] },
  { name: '10 % lost in runs', sizeBytes: 8 * MIB, loss: 0.1, lossRun: 5, shareMin: 0.6 },
  { name: 'a short path', sizeBytes: 8 * MIB, rttMs: 10, shareMin: 0.9 },
  {
    name: 'a queue of a fifth of the path',
    sizeBytes: 16 * MIB,
    queueBdp: 0.2,
    shareMin: 0.8,
    tailDropsMax: 0.04,
  },
]

const SETTLED_MS = 5_000

/** Our share of a bottleneck that a TCP cubic flow uses as well, once both have settled. */
async function shareBesideCubic(sizeBytes: number, queueBdp: number): Promise<number> {
  const link = { bytesPerS: 12_500_000, rttMs: 50, queueBytes: queueBdp * 625_000 }
  const carried = { ours: 0, rivals: 0 }
  const bottleneck = besideCubic(link, (atMs, who, bytes) => {
    if (atMs > SETTLED_MS) carried[who] += bytes
  })
  await cross({ sizeBytes, bottleneck })
  return carried.ours / (carried.ours + carried.rivals)
}

describe('rate control at 100 Mbit/s', () => {
  for (const { name, shareMin, tailDropsMax = 0.005, seeds = [1], ...path } of cases) {
    it(`uses ${Math.round(100 * shareMin)} % of what the path carries: ${name}`, async () => {
      for (const seed of seeds) {
        const { share, tailDrops, back } = await cross({ ...path, seed })
        expect(share).to.be.within(shareMin, 1)
        expect(tailDrops, 'tail drops, start-up included').to.be.at.most(tailDropsMax)
        expect(back, 'bytes back').to.be.at.most(0.012)
      }
    })
  }

  it('sends nothing twice where nothing is lost, and leaves a long queue short', async () => {
    const { waste, repeated, rttP95 } = await cross({ sizeBytes: 16 * MIB, queueBdp: 4 })
    expect(waste).to.equal(1)
    expect(repeated).to.equal(0)
    expect(rttP95).to.be.below(1.5)
  })

  it('follows a rate that falls to a tenth', async () => {
    const change = { atMs: 1_000, mbitPerS: 10 }
    const { seconds, waste } = await cross({ sizeBytes: 16 * MIB, change })
    // 10 MB in the first second, what is left at 10 Mbit/s.
    expect(seconds).to.be.below(11)
    expect(waste).to.be.below(1.1)
  })

  it('finds a rate that doubles', async () => {
    const change = { atMs: 2_000, mbitPerS: 20 }
    const { seconds } = await cross({ sizeBytes: 16 * MIB, mbitPerS: 10, change })
    // At 10 Mbit/s all the way it takes 14 s, at 20 from 5 s on 9.5 s.
    expect(seconds).to.be.below(10.5)
  })

  for (const queueBdp of [1, 2]) {
    it(`keeps its share beside TCP cubic, and leaves cubic its own: ${queueBdp} BDP`, async () => {
      expect(await shareBesideCubic(48 * MIB, queueBdp)).to.be.within(0.25, 0.75)
    })
  }

  for (const { sessions, tailDropsMax } of [
    { sessions: 4, tailDropsMax: 0.01 },
    { sessions: 8, tailDropsMax: 0.05 },
  ]) {
    it(`overflows hardly where ${sessions} sessions share a slow path`, async () => {
      const path = { sizeBytes: 4 * MIB, mbitPerS: 8 }
      expect((await share(path, sessions)).tailDrops).to.be.at.most(tailDropsMax)
    })
  }

  it('gets through a queue of three datagrams, and through 50 % loss either way', async () => {
    await cross({ sizeBytes: MIB, queueBdp: 3_600 / 625_000 })
    await cross({ sizeBytes: MIB, loss: 0.5 })
  })
})
