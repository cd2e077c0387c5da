import { expect } from 'chai'
import { Link, type LinkStep } from '../../../adapters/simulation/link.ts'
import type { Packet, Rule } from '../../../adapters/simulation/packet.ts'
import { drop, duplicate, reorder } from '../../../adapters/simulation/rules.ts'

const datagram = Buffer.from('a datagram')

function survivors(rules: readonly Rule[], seed = 1): number[] {
  const link = new Link('toServer', rules, seed)
  const numbers: number[] = []
  for (let i = 0; i < 300; i++) {
    link.carry(datagram, datagram.length, i, ({ number }) => numbers.push(number))
  }
  return numbers
}

describe('Link', () => {
  it('cuts bytes into datagrams, the last shorter', () => {
    const link = new Link('toServer', [], 1)
    const texts: string[] = []
    link.carry(Buffer.from('abcdefgh'), 3, 0, ({ bytes }) => texts.push(bytes.toString()))
    expect(texts).to.deep.equal(['abc', 'def', 'gh'])
  })

  it('gives the same for the same seed, and something else for another', () => {
    expect(survivors([drop(0.5)], 1)).to.deep.equal(survivors([drop(0.5)], 1))
    expect(survivors([drop(0.5)], 1)).not.to.deep.equal(survivors([drop(0.5)], 2))
  })

  it('gives either direction dice of its own', () => {
    const down = new Link('toClient', [drop(0.5)], 1)
    const numbers: number[] = []
    for (let i = 0; i < 300; i++) {
      down.carry(datagram, datagram.length, i, ({ number }) => numbers.push(number))
    }
    expect(numbers).not.to.deep.equal(survivors([drop(0.5)]))
  })

  it('leaves the dice of a rule alone when others join', () => {
    const alone = survivors([drop(0.5)])
    expect(survivors([reorder(0.3, 1), drop(0.5), duplicate(0)])).to.deep.equal(alone)
    const twice = survivors([drop(0.5), drop(0.5)])
    expect(twice).not.to.deep.equal(alone)
    expect(alone).to.include.members(twice)
  })

  it('throws different dice for rules of different names', () => {
    const rolls: number[] = []
    const one: Rule = (packet, random) => {
      rolls.push(random())
      return packet
    }
    const other: Rule = (packet, random) => one(packet, random)
    new Link('toServer', [one, other, one], 1).carry(datagram, datagram.length, 0, () => {})
    expect(new Set(rolls).size).to.equal(3)
  })

  it('takes plain functions, and counts drops under their names', () => {
    const everyThird: Rule = (packet) => (packet.number % 3 === 2 ? null : packet)
    const inHalves: Rule = (packet) => [
      { ...packet, bytes: packet.bytes.subarray(0, 5) },
      { ...packet, bytes: packet.bytes.subarray(5) },
    ]
    const link = new Link('toServer', [everyThird, (packet) => packet, inHalves, () => []], 1)
    for (let i = 0; i < 6; i++) link.carry(datagram, datagram.length, i, () => {})
    expect(link.statistics.sent).to.equal(6)
    expect(link.statistics.sentBytes).to.equal(60)
    expect(link.statistics.dropped).to.deep.equal({ everyThird: 2, rule: 8 })
  })

  it('tells its trace what was sent and which rule dropped it, and then what arrived', () => {
    const steps: LinkStep[] = []
    const second: Rule = (packet) => (packet.number === 1 ? null : packet)
    const link = new Link('toClient', [second], 1, (step) => steps.push(step))
    const out: Packet[] = []
    link.carry(datagram, 5, 7, (packet) => out.push(packet))
    for (const packet of out) link.delivered(packet)
    expect(steps.map(({ type, packet }) => [type, packet.number])).to.deep.equal([
      ['sent', 0],
      ['sent', 1],
      ['dropped', 1],
      ['delivered', 0],
    ])
    expect(steps[2]).to.include({ rule: 'second', direction: 'toClient' })
    expect(link.statistics).to.include({ delivered: 1, deliveredBytes: 5 })
  })
})
