import { expect } from 'chai'
import sinon from 'sinon'
import type { LinkStep } from '../../../adapters/simulation/link.ts'
import {
  createSimulatedNetwork,
  type SimulatedNetworkOptions,
} from '../../../adapters/simulation/network.ts'
import { delay, drop, duplicate, rate, reorder } from '../../../adapters/simulation/rules.ts'
import type { Address, Arrival, Endpoint } from '../../../adapters/udp/endpoint.ts'
import { FailureError } from '../../../machines/failures.ts'

const SERVER: Address = { host: '192.0.2.1', port: 5005 }

function heardBy(endpoint: Endpoint): Arrival[] {
  const arrivals: Arrival[] = []
  endpoint.arrivals$.subscribe((arrival) => arrivals.push(arrival))
  return arrivals
}

const texts = (arrivals: readonly Arrival[]) =>
  arrivals.map(({ datagrams }) => datagrams.map((datagram) => datagram.toString()))

describe('createSimulatedNetwork', () => {
  let clock: sinon.SinonFakeTimers

  beforeEach(() => {
    clock = sinon.useFakeTimers({
      toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'],
    })
  })

  afterEach(() => {
    clock.restore()
  })

  async function pair(options: Partial<SimulatedNetworkOptions> = {}) {
    const network = createSimulatedNetwork({ seed: 1, ...options })
    const server = await network.listen(SERVER)
    const client = await network.connect(SERVER)
    return { network, server, client, atServer: heardBy(server), atClient: heardBy(client) }
  }

  it('carries datagrams there and back, cut as asked, never from within send', async () => {
    const { server, client, atServer, atClient } = await pair()
    client.send(Buffer.from('abcdefgh'), 3, SERVER)
    expect(atServer).to.have.length(0)
    clock.tick(0)
    expect(texts(atServer)).to.deep.equal([['abc', 'def', 'gh']])
    expect(atServer[0]?.from).to.deep.equal([client.address, client.address, client.address])
    server.send(Buffer.from('back'), 1_200, client.address)
    clock.tick(1)
    expect(texts(atClient)).to.deep.equal([['back']])
    expect(atClient[0]?.from).to.deep.equal([SERVER])
    expect(clock.countTimers()).to.equal(0)
  })

  it('delivers at the first whole ms, as one arrival, with the exact time of its last', async () => {
    clock.tick(1_000)
    const toServer = [rate({ bytesPerS: 100_000, queueMs: 100 }), delay(10)]
    const { client, atServer } = await pair({ toServer })
    clock.tick(5)
    for (const text of ['a', 'b', 'c', 'd']) client.send(Buffer.from(text), 100, SERVER)
    clock.tick(10)
    expect(atServer).to.have.length(0)
    clock.tick(1)
    expect(texts(atServer)).to.deep.equal([['a', 'b', 'c']])
    expect(atServer[0]?.atMs).to.be.closeTo(1_005 + 10 + 3 * 0.29, 1e-9)
    clock.tick(1)
    expect(texts(atServer).at(-1)).to.deep.equal(['d'])
    expect(atServer[1]?.atMs).to.be.closeTo(1_005 + 10 + 4 * 0.29, 1e-9)
    expect(clock.countTimers()).to.equal(0)
  })

  it('gives clients other addresses; what was under way to the old ones is lost', async () => {
    const { network, server, client, atServer, atClient } = await pair({ toClient: [delay(10)] })
    client.send(Buffer.from('before'), 100, SERVER)
    server.send(Buffer.from('under way'), 100, client.address)
    clock.tick(5)
    network.rebind()
    server.send(Buffer.from('too late'), 100, client.address)
    client.send(Buffer.from('after'), 100, SERVER)
    clock.tick(1)
    const [before, after] = atServer.map(({ from }) => from[0]!)
    expect(after).to.not.deep.equal(before)
    server.send(Buffer.from('found'), 100, after!)
    clock.tick(20)
    expect(texts(atClient)).to.deep.equal([['found']])
    await client.close()
    server.send(Buffer.from('gone'), 100, after!)
    clock.tick(20)
    expect(clock.countTimers()).to.equal(0)
  })

  it('delivers in order of arrival what a rule brought out of order', async () => {
    const { client, atServer } = await pair({
      toServer: [
        (packet) => ({ ...packet, atMs: packet.atMs + [30, 10.9, 10, 10.2][packet.number]! }),
      ],
    })
    client.send(Buffer.from('abcd'), 1, SERVER)
    clock.tick(10)
    expect(texts(atServer)).to.deep.equal([['c']])
    clock.tick(30)
    expect(texts(atServer)).to.deep.equal([['c'], ['d', 'b'], ['a']])
  })

  it('rearms for what overtakes all that is under way, at exactly one ms ahead', async () => {
    const { client, atServer } = await pair({
      toServer: [(packet) => ({ ...packet, atMs: packet.atMs + 20 - packet.number })],
    })
    client.send(Buffer.from('ab'), 1, SERVER)
    clock.tick(19)
    expect(texts(atServer)).to.deep.equal([['b']])
  })

  it('copies what is sent', async () => {
    const { client, atServer } = await pair()
    const bytes = Buffer.from('before')
    client.send(bytes, 100, SERVER)
    bytes.fill('x')
    clock.tick(1)
    expect(texts(atServer)).to.deep.equal([['before']])
  })

  it('does the same again for the same seed', async () => {
    async function run(seed: number): Promise<string> {
      const steps: LinkStep[] = []
      const path = [drop(0.1), duplicate(0.1), delay(5, { jitterMs: 3 }), reorder(0.1, 4)]
      const options = { seed, toServer: path, toClient: path }
      const { server, client } = await pair({ ...options, trace: (step) => steps.push(step) })
      server.arrivals$.subscribe(({ datagrams, from }) =>
        server.send(Buffer.concat(datagrams), 4, from[0]!),
      )
      for (let i = 0; i < 100; i++) {
        client.send(Buffer.from(`datagram ${i}`), 4, SERVER)
        clock.tick(1)
      }
      clock.tick(100)
      expect(clock.countTimers()).to.equal(0)
      return JSON.stringify(steps)
    }
    const first = await run(7)
    expect(await run(7)).to.equal(first)
    expect(await run(8)).not.to.equal(first)
  })

  it('counts by direction what was sent, delivered and dropped', async () => {
    const last = (packet: { number: number }) => packet.number === 9
    const { network, client } = await pair({
      toServer: [duplicate(1), delay(3), (packet) => (last(packet) ? null : packet)],
    })
    client.send(Buffer.alloc(100), 10, SERVER)
    expect(network.statistics.toServer.delivered).to.equal(0)
    clock.tick(3)
    expect(network.statistics.toServer).to.deep.equal({
      sent: 10,
      sentBytes: 100,
      delivered: 18,
      deliveredBytes: 180,
      dropped: { rule: 2 },
    })
    expect(network.statistics.toClient.sent).to.equal(0)
  })

  it('lets a client hear its own server only', async () => {
    const { network, client, atClient } = await pair()
    const other = await network.listen({ host: '', port: 0 })
    const stranger = await network.connect(other.address)
    const atOther = heardBy(other)
    other.send(Buffer.from('unasked'), 100, client.address)
    stranger.send(Buffer.from('asked'), 100, SERVER)
    clock.tick(1)
    expect(atClient).to.have.length(0)
    expect(texts(atOther)).to.deep.equal([['asked']])
  })

  it('says unreachable after a round trip when nobody listens', async () => {
    const network = createSimulatedNetwork({
      seed: 1,
      toServer: [delay(10)],
      toClient: [delay(7.5)],
    })
    const client = await network.connect(SERVER)
    const refusals: number[] = []
    client.unreachable$.subscribe(({ atMs }) => refusals.push(atMs))
    client.send(Buffer.from('hello?'), 100, SERVER)
    clock.tick(17)
    expect(refusals).to.deep.equal([])
    clock.tick(1)
    expect(refusals).to.deep.equal([17.5])
    expect(network.statistics.toServer.delivered).to.equal(0)
    expect(clock.countTimers()).to.equal(0)
  })

  it('drops at close what is under way, either way, and is silent from then on', async () => {
    const toServer = [delay(10)]
    const { network, server, client, atServer } = await pair({ toServer, toClient: [delay(10)] })
    const lonely = await network.connect({ host: '::1', port: 1 })
    client.send(Buffer.from('too late'), 100, SERVER)
    lonely.send(Buffer.from('anyone?'), 100, SERVER)
    server.send(Buffer.from('too late'), 100, client.address)
    for (const endpoint of [server, client, lonely]) await endpoint.close()
    await server.close()
    expect(clock.countTimers()).to.equal(0)
    client.send(Buffer.from('ignored'), 100, SERVER)
    clock.tick(100)
    expect(atServer).to.have.length(0)
    expect(network.statistics.toServer.sent).to.equal(2)
  })

  it('refuses a port in use until it is free again', async () => {
    const { network, server } = await pair()
    const refusal = await network.listen(SERVER).catch((error: unknown) => error)
    expect(refusal).to.be.instanceOf(FailureError)
    expect(refusal).to.have.deep.property('failure', { kind: 'socketError', code: 'EADDRINUSE' })
    await server.close()
    expect((await network.listen(SERVER)).address).to.deep.equal(SERVER)
  })

  it('never gives a port to a second client', async () => {
    const { network, client } = await pair()
    await client.close()
    const next = await network.connect(SERVER)
    expect(next.address.port).not.to.equal(client.address.port)
  })

  it('defers to the next ms', async () => {
    const { client } = await pair()
    const callback = sinon.spy()
    client.defer(callback)
    clock.tick(0)
    sinon.assert.notCalled(callback)
    clock.tick(1)
    sinon.assert.calledOnce(callback)
  })
})
