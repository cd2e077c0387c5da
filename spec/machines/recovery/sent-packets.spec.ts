import { expect } from 'chai'
import { PacketState, SentPackets } from '../../../machines/recovery/sent-packets.ts'

const CAPACITY = 1_024

/** Columns that are told apart by what stands in them; the ring itself looks at the others. */
const MARKED = [
  'record',
  'offset',
  'length',
  'deliveredBytes',
  'deliveredAtMs',
  'firstSentAtMs',
  'appLimited',
  'acknowledgedThrough',
] as const

function mark(name: (typeof MARKED)[number], number: number): number {
  return (number + 31 * MARKED.indexOf(name)) % 251
}

function send(packets: SentPackets, count: number, sentAtMs = 0): void {
  for (let i = 0; i < count; i += 1) {
    const number = packets.next
    const row = packets.append()
    packets.state[row] = PacketState.inFlight
    packets.sentAtMs[row] = sentAtMs
    for (const name of MARKED) packets[name][row] = mark(name, number)
  }
}

function resolve(packets: SentPackets, first: number, last: number, state: 2 | 3): void {
  for (let n = first; n <= last; n += 1) packets.state[packets.row(n)] = state
}

function expectRows(packets: SentPackets, first: number, last: number): void {
  const moved: number[] = []
  for (let n = first; n <= last; n += 1) {
    const row = packets.row(n)
    const kept = MARKED.every((name) => packets[name][row] === mark(name, n))
    if (!kept) moved.push(n)
  }
  expect(moved).to.deep.equal([])
}

describe('SentPackets', () => {
  it('counts up from 0', () => {
    const packets = new SentPackets()
    expect(packets).to.include({ oldest: 0, next: 0 })
    send(packets, 3)
    expect(packets).to.include({ oldest: 0, next: 3 })
  })

  it('keeps every row when it grows, wherever the ring begins', () => {
    for (const start of [0, 1, 700, CAPACITY - 1]) {
      const packets = new SentPackets()
      send(packets, start)
      resolve(packets, 0, start - 1, PacketState.acknowledged)
      packets.forget(0)
      expect(packets.oldest).to.equal(start)
      send(packets, CAPACITY)
      expect(packets.state.length).to.equal(CAPACITY)
      send(packets, 1)
      expect(packets.state.length).to.equal(2 * CAPACITY)
      send(packets, 5 * CAPACITY)
      expectRows(packets, start, packets.next - 1)
    }
  })

  it('uses the ring again and again without growing', () => {
    const packets = new SentPackets()
    for (let round = 0; round < 20; round += 1) {
      send(packets, CAPACITY)
      expectRows(packets, packets.oldest, packets.next - 1)
      resolve(packets, packets.oldest, packets.next - 1, PacketState.acknowledged)
      packets.forget(0)
    }
    expect(packets.state.length).to.equal(CAPACITY)
    expect(packets).to.include({ oldest: 20 * CAPACITY, next: 20 * CAPACITY })
  })

  it('goes on past 2³²', () => {
    const packets = new SentPackets()
    packets.oldest = 2 ** 32 - 2
    packets.next = 2 ** 32 - 2
    send(packets, 3 * CAPACITY)
    expectRows(packets, 2 ** 32 - 2, packets.next - 1)
  })

  it('forgets what is resolved, but nothing behind a packet under way', () => {
    const packets = new SentPackets()
    send(packets, 10)
    resolve(packets, 0, 3, PacketState.acknowledged)
    resolve(packets, 5, 9, PacketState.acknowledged)
    packets.forget(0)
    expect(packets.oldest).to.equal(4)
    resolve(packets, 4, 4, PacketState.acknowledged)
    packets.forget(0)
    expect(packets.oldest).to.equal(10)
  })

  it('remembers a lost packet, and those behind it, until it is old', () => {
    const packets = new SentPackets()
    send(packets, 1, 100)
    send(packets, 1, 200)
    resolve(packets, 0, 0, PacketState.lost)
    resolve(packets, 1, 1, PacketState.acknowledged)
    packets.forget(100)
    expect(packets.oldest).to.equal(0)
    packets.forget(100.001)
    expect(packets.oldest).to.equal(2)
  })
})
