import { expect } from 'chai'
import sinon from 'sinon'
import { Burst } from '../../../adapters/udp/burst.ts'
import type { Address, Arrival } from '../../../adapters/udp/endpoint.ts'

const FROM: Address = { host: '192.0.2.1', port: 5005 }

describe('Burst', () => {
  let clock: sinon.SinonFakeTimers
  let nowMs: number
  let closed: Arrival[]
  let burst: Burst

  beforeEach(() => {
    // Fake immediates nested in each other take 1 ms, so the time is set apart from them.
    clock = sinon.useFakeTimers({ toFake: ['setImmediate', 'clearImmediate'] })
    nowMs = 10
    sinon.stub(performance, 'now').callsFake(() => nowMs)
    closed = []
    burst = new Burst((arrival) => closed.push(arrival))
  })

  afterEach(() => {
    sinon.restore()
  })

  const add = (text: string) => burst.add(Buffer.from(text), FROM)
  const texts = () => closed.map(({ datagrams }) => datagrams.map(String))
  const turn = () => clock.next()

  it('closes in the first turn that brings no more', () => {
    add('a')
    add('b')
    turn()
    expect(closed).to.have.length(0)
    add('c')
    turn()
    expect(closed).to.have.length(0)
    turn()
    expect(texts()).to.deep.equal([['a', 'b', 'c']])
    expect(closed[0]?.from).to.deep.equal([FROM, FROM, FROM])
    expect(clock.countTimers()).to.equal(0)
  })

  it('closes 1 ms after its first datagram while more keep coming, and no sooner', () => {
    add('a')
    turn()
    nowMs = 10.999
    add('b')
    turn()
    expect(closed).to.have.length(0)
    nowMs = 11
    add('c')
    turn()
    expect(texts()).to.deep.equal([['a', 'b', 'c']])
    expect(closed[0]?.atMs).to.equal(11)
  })

  it('begins the next one afresh', () => {
    add('a')
    turn()
    turn()
    add('b')
    turn()
    expect(closed).to.have.length(1)
    turn()
    expect(texts()).to.deep.equal([['a'], ['b']])
  })
})
