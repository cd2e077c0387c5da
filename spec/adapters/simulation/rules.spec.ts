import { expect } from 'chai'
import { Link } from '../../../adapters/simulation/link.ts'
import type { Packet, Rule } from '../../../adapters/simulation/packet.ts'
import {
  corrupt,
  cut,
  delay,
  drop,
  dropBursts,
  duplicate,
  mtu,
  rate,
  reorder,
} from '../../../adapters/simulation/rules.ts'

interface Sent {
  readonly count?: number
  readonly everyMs?: number
  readonly bytes?: Buffer
}

/** Sends `count` datagrams, one every `everyMs`, and returns what comes out, in order of sending. */
function passed(
  rules: readonly Rule[],
  { count = 1, everyMs = 1, bytes = Buffer.alloc(100) }: Sent = {},
): Packet[] {
  const link = new Link('toServer', rules, 1)
  const packets: Packet[] = []
  for (let i = 0; i < count; i++) {
    link.carry(bytes, bytes.length, i * everyMs, (packet) => packets.push(packet))
  }
  return packets
}

const numbers = (packets: readonly Packet[]) => packets.map(({ number }) => number)
const times = (packets: readonly Packet[]) => packets.map(({ atMs }) => atMs)
const byArrival = (packets: readonly Packet[]) => packets.toSorted((a, b) => a.atMs - b.atMs)

/** RFC 1071, over the payload alone: the rest of what UDP sums does not change. */
function checksum(bytes: Buffer): number {
  let sum = 0
  for (let i = 0; i < bytes.length; i += 2) sum += bytes[i]! * 256 + (bytes[i + 1] ?? 0)
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 65_536)
  return sum
}

describe('rules of the simulated link', () => {
  describe('drop', () => {
    it('drops its share', () => {
      const left = passed([drop(0.2)], { count: 50_000 }).length
      expect(left).to.be.closeTo(40_000, 5 * Math.sqrt(50_000 * 0.2 * 0.8))
    })

    it('drops nothing at 0 and everything at 1', () => {
      expect(passed([drop(0)], { count: 1_000 })).to.have.length(1_000)
      expect(passed([drop(1)], { count: 1_000 })).to.have.length(0)
    })

    it('refuses what is no share', () => {
      expect(() => drop(1.01)).to.throw(RangeError)
      expect(() => drop(-0.01)).to.throw(RangeError)
      expect(() => drop(Number.NaN)).to.throw(RangeError)
    })
  })

  describe('dropBursts', () => {
    it('drops its share in runs of the mean length', () => {
      const count = 200_000
      const left = numbers(passed([dropBursts(0.05, 8)], { count }))
      const dropped = count - left.length
      const runs = left.filter((number, i) => number !== (i === 0 ? 0 : left[i - 1]! + 1)).length
      expect(dropped / count).to.be.closeTo(0.05, 0.006)
      expect(dropped / runs).to.be.closeTo(8, 0.6)
    })

    it('refuses a share that runs so short cannot make up', () => {
      expect(() => dropBursts(0.5, 1)).not.to.throw()
      expect(() => dropBursts(0.51, 1)).to.throw(RangeError)
      expect(() => dropBursts(0.1, 0.9)).to.throw(RangeError)
    })
  })

  describe('delay', () => {
    it('adds exactly its time', () => {
      expect(times(passed([delay(12.345)], { count: 3 }))).to.deep.equal([12.345, 13.345, 14.345])
    })

    it('jitters within its bounds and keeps the order', () => {
      const packets = passed([delay(10, { jitterMs: 4 })], { count: 2_000, everyMs: 0.5 })
      const waits = packets.map(({ atMs, number }) => atMs - number * 0.5)
      expect(Math.min(...waits)).to.be.within(10, 11.5)
      expect(Math.max(...waits)).to.be.within(13.5, 14)
      expect(numbers(byArrival(packets))).to.deep.equal(numbers(packets))
    })

    it('jitters on what was held back before, without holding up the others', () => {
      const hold: Rule = (packet) =>
        packet.number === 0 ? { ...packet, atMs: packet.atMs + 50 } : packet
      const arrived = byArrival(passed([hold, delay(10, { jitterMs: 0.1 })], { count: 20 }))
      expect(arrived.at(-1)?.number).to.equal(0)
      expect(arrived.at(-2)?.atMs).to.be.below(19 + 10.2)
    })
  })

  describe('duplicate', () => {
    it('delivers its share twice', () => {
      const packets = passed([duplicate(0.25)], { count: 20_000 })
      expect(packets.length).to.be.closeTo(25_000, 5 * Math.sqrt(20_000 * 0.25 * 0.75))
      expect(new Set(numbers(packets)).size).to.equal(20_000)
    })

    it('lets later rules treat the two apart', () => {
      const packets = passed([duplicate(1), delay(0, { jitterMs: 5 })])
      expect(packets[0]?.atMs).not.to.equal(packets[1]?.atMs)
    })
  })

  describe('reorder', () => {
    it('lets others overtake its share, by its time', () => {
      const packets = passed([reorder(0.1, 2.5)], { count: 10_000 })
      const held = packets.filter(({ atMs, number }) => atMs === number + 2.5)
      expect(held.length).to.be.closeTo(1_000, 5 * Math.sqrt(10_000 * 0.1 * 0.9))
      expect(packets.length - held.length).to.equal(
        packets.filter(({ atMs, number }) => atMs === number).length,
      )
      expect(numbers(byArrival(packets))).not.to.deep.equal(numbers(packets))
    })
  })

  describe('corrupt', () => {
    const contents: Record<string, Buffer> = {
      zeros: Buffer.alloc(64),
      ones: Buffer.alloc(64, 0xff),
      letters: Buffer.alloc(65, 'a'),
      'two words': Buffer.from([0xff, 0xff, 0, 0]),
      'words 0 … 255': Buffer.from(Array.from({ length: 256 }, (_, i) => i)),
    }
    for (const [name, bytes] of Object.entries(contents)) {
      it(`changes ${name}, unseen by the checksum`, () => {
        for (const packet of passed([corrupt(1)], { count: 500, bytes })) {
          expect(packet.bytes.equals(bytes)).to.equal(false)
          expect(packet.bytes).to.have.length(bytes.length)
          expect(checksum(packet.bytes) % 0xffff).to.equal(checksum(bytes) % 0xffff)
        }
      })
    }

    it('leaves the duplicate of what it changes alone', () => {
      const bytes = Buffer.from('0123456789')
      const packets = passed([duplicate(1), corrupt(0.5)], { count: 200, bytes })
      const changed = packets.filter((packet) => !packet.bytes.equals(bytes)).length
      expect(changed).to.be.closeTo(200, 5 * Math.sqrt(400 * 0.25))
      expect(bytes.toString()).to.equal('0123456789')
    })

    it('cannot change fewer than two words', () => {
      const bytes = Buffer.from([1, 2, 3])
      expect(passed([corrupt(1)], { bytes })[0]?.bytes.equals(bytes)).to.equal(true)
    })
  })

  describe('rate', () => {
    it('sends at exactly its rate, headers counted', () => {
      const rules = [rate({ bytesPerS: 12_500_000, queueMs: 10_000 })]
      const packets = passed(rules, { count: 10_000, everyMs: 0, bytes: Buffer.alloc(1_472) })
      expect(packets).to.have.length(10_000)
      expect(packets[0]?.atMs).to.equal(0.12)
      expect(packets[9_999]?.atMs).to.equal(1_200)
    })

    it('goes on from where it is idle', () => {
      const packets = passed([rate({ bytesPerS: 128_000, queueBytes: 0 })], {
        count: 3,
        everyMs: 7,
      })
      expect(times(packets)).to.deep.equal([1, 8, 15])
    })

    it('drops what finds more than its queue ahead of it', () => {
      const waiting = (queueBytes: number) =>
        passed([rate({ bytesPerS: 128_000, queueBytes })], { count: 50, everyMs: 0 }).length
      expect(waiting(0)).to.equal(1)
      expect(waiting(127)).to.equal(1)
      expect(waiting(128)).to.equal(2)
      expect(waiting(10 * 128 - 1)).to.equal(10)
      expect(waiting(10 * 128)).to.equal(11)
    })

    it('counts its queue in time just as well', () => {
      const waiting = (queueMs: number) =>
        passed([rate({ bytesPerS: 128_000, queueMs })], { count: 50, everyMs: 0 }).length
      expect(waiting(9.99)).to.equal(10)
      expect(waiting(10)).to.equal(11)
    })

    it('passes its rate and no more of a steady excess', () => {
      const rules = [rate({ bytesPerS: 128_000, queueMs: 20 })]
      const packets = passed(rules, { count: 3_000, everyMs: 0.5 })
      expect(packets.length).to.be.within(1_500, 1_522)
      for (const { atMs, number } of packets) expect(atMs - number * 0.5).to.be.at.most(21)
    })

    it('remembers nothing of the direction or run before', () => {
      const rules = [rate({ bytesPerS: 128_000, queueMs: 20 })]
      expect(times(passed(rules))).to.deep.equal(times(passed(rules)))
    })

    it('refuses a rate of nothing', () => {
      expect(() => rate({ bytesPerS: 0, queueMs: 1 })).to.throw(RangeError)
      expect(() => rate({ bytesPerS: 1, queueBytes: -1 })).to.throw(RangeError)
    })
  })

  it('cut drops from its first moment until just before its last', () => {
    expect(numbers(passed([cut(3, 6)], { count: 8 }))).to.deep.equal([0, 1, 2, 6, 7])
  })

  it('mtu passes packets of its size and drops those one byte larger', () => {
    expect(passed([mtu(1_500)], { bytes: Buffer.alloc(1_472) })).to.have.length(1)
    expect(passed([mtu(1_500)], { bytes: Buffer.alloc(1_473) })).to.have.length(0)
  })
})
