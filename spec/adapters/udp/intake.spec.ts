import { expect } from 'chai'
import sinon from 'sinon'
import { Descriptor } from '../../../adapters/udp/descriptor.ts'
import type { Address } from '../../../adapters/udp/endpoint.ts'
import { Intake } from '../../../adapters/udp/intake.ts'
import type { Libc } from '../../../adapters/udp/libc.ts'

const AF_INET = 2
const FRIEND = { last: 1, address: { host: '192.0.2.1', port: 5005 } }
const STRANGER = { last: 2, address: { host: '192.0.2.2', port: 5005 } }

/** As much of a C library as receiving needs: datagrams wait in `queue`. */
class Waiting {
  readonly queue: { readonly last: number; readonly bytes: Buffer }[] = []
  readonly failures: string[] = []
  receives = 0

  readonly libc = {
    socket: () => 3,
    setsockopt: () => 0,
    recvfrom: (_fd: number, into: Uint8Array, room: number, _flags: number, name: Buffer) => {
      this.receives += 1
      const next = this.failures.length > 0 ? undefined : this.queue.shift()
      if (next === undefined) return -1
      expect(room, 'room for the longest there is').to.be.at.least(65_536)
      name.writeUInt16LE(AF_INET)
      name.writeUInt16BE(5005, 2)
      name.set([192, 0, 2, next.last], 4)
      into.set(next.bytes)
      return next.bytes.length
    },
    inet_ntop: (_family: number, address: Uint8Array) => address.subarray(0, 4).join('.'),
    errorCode: () => this.failures.shift() ?? 'EAGAIN',
  } as unknown as Libc

  add(last: number, ...texts: readonly string[]): void {
    for (const text of texts) this.queue.push({ last, bytes: Buffer.from(text) })
  }
}

describe('Intake', () => {
  let clock: sinon.SinonFakeTimers
  let nowMs: number
  let waiting: Waiting
  let intake: Intake
  let arrived: { texts: readonly string[]; from: readonly Address[] }[]
  let refused: string[]
  let onArrival: () => void

  beforeEach(() => {
    clock = sinon.useFakeTimers({ toFake: ['setImmediate', 'clearImmediate'] })
    nowMs = 10
    sinon.stub(performance, 'now').callsFake(() => nowMs)
    waiting = new Waiting()
    arrived = []
    refused = []
    onArrival = () => {}
    intake = new Intake(
      Descriptor.open(waiting.libc, false)!,
      ({ host, port }) => (host === FRIEND.address.host ? { host, port } : null),
      (code) => refused.push(code),
      ({ datagrams, from }) => {
        arrived.push({ texts: datagrams.map(String), from })
        onArrival()
      },
    )
  })

  afterEach(() => {
    expect(clock.countTimers()).to.equal(0)
    sinon.restore()
  })

  const first = (text: string) => intake.add(Buffer.from(text), FRIEND.address)
  const texts = () => arrived.map((each) => each.texts)

  it('hands over what waits behind the first, in order', () => {
    waiting.add(FRIEND.last, 'b', 'c')
    first('a')
    expect(arrived).to.have.length(0)
    clock.next()
    expect(texts()).to.deep.equal([['a', 'b', 'c']])
    expect(arrived[0]!.from).to.deep.equal(Array(3).fill(FRIEND.address))
  })

  it('goes on in the same turn with what came meanwhile', () => {
    const later = [['b'], ['c', 'd']]
    onArrival = () => waiting.add(FRIEND.last, ...(later.shift() ?? []))
    first('a')
    clock.next()
    expect(texts()).to.deep.equal([['a'], ['b'], ['c', 'd']])
  })

  it('lets others have their turn after 4 ms, and not before', () => {
    onArrival = () => {
      if (arrived.length < 4) waiting.add(FRIEND.last, String(arrived.length))
      nowMs += 1.5
    }
    first('0')
    clock.next()
    expect(texts(), 'at 0, 1.5 and 3 ms').to.deep.equal([['0'], ['1'], ['2']])
    clock.next()
    expect(texts()).to.deep.equal([['0'], ['1'], ['2'], ['3']])
  })

  it('drops what comes from somebody else', () => {
    waiting.add(STRANGER.last, 'x')
    waiting.add(FRIEND.last, 'b')
    waiting.add(STRANGER.last, 'y')
    first('a')
    clock.next()
    expect(texts()).to.deep.equal([['a', 'b']])
  })

  it('uses its room again, and never more of it than there is', () => {
    for (let i = 0; i < 40; i += 1) waiting.add(FRIEND.last, String(i).repeat(30_000))
    first('a')
    clock.next()
    const all = texts().flat()
    expect(all).to.have.length(41)
    expect(arrived.length, 'in several goes').to.be.within(4, 8)
    for (const [i, text] of all.slice(1).entries()) expect(text).to.equal(String(i).repeat(30_000))
  })

  it('frees the room that dgram made for many, once they were looked at', () => {
    const many = Buffer.alloc(16_384, 'm')
    const fewer = Buffer.alloc(16_383, 'f')
    intake.add(many, FRIEND.address)
    intake.add(fewer, FRIEND.address)
    clock.next()
    expect(texts()).to.deep.equal([['m'.repeat(16_384), 'f'.repeat(16_383)]])
    expect([many.length, fewer.length]).to.deep.equal([0, 16_383])
  })

  it('tells what the kernel refused, and takes the rest when dgram comes again', () => {
    waiting.failures.push('ECONNREFUSED')
    waiting.add(FRIEND.last, 'c')
    first('a')
    expect(refused).to.deep.equal(['ECONNREFUSED'])
    first('b')
    clock.next()
    expect(texts()).to.deep.equal([['a', 'b', 'c']])
  })

  it('reads from the descriptor no more once it is stopped', () => {
    onArrival = () => {
      waiting.add(FRIEND.last, 'c')
      intake.stop()
    }
    waiting.add(FRIEND.last, 'b')
    first('a')
    clock.next()
    const { receives } = waiting
    first('d')
    clock.next()
    expect(texts()).to.deep.equal([['a', 'b']])
    expect(waiting.receives).to.equal(receives)
  })
})
