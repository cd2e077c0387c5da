import { expect } from 'chai'
import { delay, drop, mtu, type Packet, type Rule, rate } from 'ferrygram/simulation'
import { cargo, PEER, voyage } from '../support/voyage.ts'

const SIZE = 3_000_000
const HEADERS = 28
/** So that the crossing takes many round trips, whatever the size of the datagrams. */
const CARRIES = rate({ bytesPerS: 6_250_000, queueMs: 100 })

/** Passes packets of `fromBytes` until `atMs`, then only those of `toBytes`. */
const shrinking =
  (fromBytes: number, atMs: number, toBytes: number): Rule =>
  (packet: Packet) =>
    packet.bytes.length + HEADERS > (packet.atMs < atMs ? fromBytes : toBytes) ? null : packet

async function sizesOver(link: readonly Rule[], mtuBytes?: number, get = false) {
  const sizes: number[] = []
  const trace = (step: { type: string; packet: Packet }) => {
    if (step.type === 'delivered' && step.packet.bytes[0] === 3)
      sizes.push(step.packet.bytes.length)
  }
  let sent = 0
  await voyage({ seed: 1, link, trace }, async ({ sea, arrive, sliceBytes }) => {
    const options = { key: null, ...(mtuBytes !== undefined && { mtuBytes }) }
    const files = get ? sea.serverFiles : sea.clientFiles
    files.set('crate.bin', cargo(SIZE))
    const running = get ? sea.get(PEER, 'crate.bin', options) : sea.put(PEER, 'crate.bin', options)
    expect(await arrive(running.outcome, 20_000)).to.have.property('ok')
    sent = sliceBytes()
  })
  return { last: Math.max(...sizes.slice(-60)), largest: Math.max(...sizes), waste: sent / SIZE }
}

describe('path MTU', () => {
  for (const [bytes, payload] of [
    [1_228, 1_200],
    [1_300, 1_200],
    [1_427, 1_200],
    [1_428, 1_400],
    [1_500, 1_472],
    [9_000, 8_972],
    [65_535, 8_972],
  ] as const) {
    it(`climbs to ${payload} where packets of ${bytes} pass, and stays there`, async () => {
      for (const get of [false, true]) {
        const { last, largest, waste } = await sizesOver(
          [mtu(bytes), CARRIES, delay(10)],
          undefined,
          get,
        )
        expect({ last, largest }).to.deep.equal({ last: payload, largest: payload })
        // No more than three probes are lost.
        expect(waste).to.be.below(1.012)
      }
    })
  }

  it('climbs on a link that loses a tenth', async () => {
    const { largest } = await sizesOver([mtu(1_500), delay(10), drop(0.1)])
    expect(largest).to.equal(1_472)
  })

  it('falls back when the path shrinks under way', async () => {
    const { last, largest } = await sizesOver([
      rate({ bytesPerS: 2_500_000, queueMs: 100 }),
      shrinking(9_000, 600, 1_300),
      delay(10),
    ])
    expect({ last, largest }).to.deep.equal({ last: 1_200, largest: 8_972 })
  })

  for (const [verb, get] of Object.entries({ put: false, get: true })) {
    it(`keeps a ${verb} to a size that was asked for`, async () => {
      const { last, largest } = await sizesOver([delay(10)], 1_300, get)
      expect({ last, largest }).to.deep.equal({ last: 1_300, largest: 1_300 })
    })
  }
})
