import { expect } from 'chai'
import type { Packet, Rule } from '../../adapters/simulation/packet.ts'
import { type Bottleneck, cross } from '../bench/bottleneck.ts'

const MIB = 2 ** 20

/** Sends `fromMbit` until `atMs`, then `toMbit`; the queue holds `queueBytes`. */
function changing(fromMbit: number, atMs: number, toMbit: number, queueBytes: number): Rule {
  return {
    name: 'rate',
    start: () => {
      let freeAtMs = 0
      return (packet: Packet) => {
        const bytesPerMs = (packet.atMs < atMs ? fromMbit : toMbit) * 125
        const startMs = Math.max(freeAtMs, packet.atMs)
        if ((startMs - packet.atMs) * bytesPerMs > queueBytes) return null
        freeAtMs = startMs + (packet.bytes.length + 28) / bytesPerMs
        return { ...packet, atMs: freeAtMs }
      }
    },
  }
}

interface Case extends Bottleneck {
  readonly name: string
  readonly shareMin: number
  readonly tailDropsMax?: number
}

const cases: readonly Case[] = [
  { name: 'nothing lost', sizeBytes: 16 * MIB, shareMin: 0.8 },
  { name: '1 % lost', sizeBytes: 32 * MIB, loss: 0.01, shareMin: 0.8 },
  { name: '5 % lost', sizeBytes: 32 * MIB, loss: 0.05, shareMin: 0.8 },
  { name: '10 % lost', sizeBytes: 32 * MIB, loss: 0.1, shareMin: 0.8 },
  { name: '20 % lost', sizeBytes: 32 * MIB, loss: 0.2, shareMin: 0.8 },
  { name: 'a short path', sizeBytes: 8 * MIB, rttMs: 10, shareMin: 0.85 },
  {
    name: 'a queue of a fifth of the path',
    sizeBytes: 16 * MIB,
    queueBdp: 0.2,
    shareMin: 0.8,
  },
]

describe('rate control at 100 Mbit/s', () => {
  for (const { name, shareMin, tailDropsMax = 0.005, ...path } of cases) {
    it(`uses ${100 * shareMin} % of what the path carries: ${name}`, async () => {
      const { share, tailDrops } = await cross(path)
      expect(share).to.be.within(shareMin, 1)
      expect(tailDrops, 'tail drops after start-up').to.be.at.most(tailDropsMax)
    })
  }

  it('follows a rate that falls to a tenth', async () => {
    const bottleneck = changing(100, 1_000, 10, 625_000)
    const { seconds, waste } = await cross({ sizeBytes: 16 * MIB, bottleneck })
    // 10 MB in the first second, what is left at 10 Mbit/s.
    expect(seconds).to.be.below(11)
    expect(waste).to.be.below(1.1)
  })

  it('finds a rate that doubles', async () => {
    const bottleneck = changing(10, 2_000, 20, 62_500)
    const { seconds } = await cross({ sizeBytes: 16 * MIB, mbitPerS: 10, bottleneck })
    // At 10 Mbit/s all the way it takes 14 s, at 20 from 5 s on 9.5 s.
    expect(seconds).to.be.below(10.5)
  })

  it('gets through a queue of three datagrams, and through 50 % loss either way', async () => {
    await cross({ sizeBytes: MIB, queueBdp: 3_600 / 625_000 })
    await cross({ sizeBytes: MIB, loss: 0.5 })
  })
})
