import { createSocket, Socket } from 'node:dgram'
import { once } from 'node:events'
import { networkInterfaces } from 'node:os'
import { expect } from 'chai'
import { firstValueFrom, map } from 'rxjs'
import sinon from 'sinon'
import type { Address, Arrival, Endpoint } from '../../../adapters/udp/endpoint.ts'
import { type LoadLibc, loadLibc } from '../../../adapters/udp/libc.ts'
import { createUdpNetwork } from '../../../adapters/udp/network.ts'
import { UdpEndpoint } from '../../../adapters/udp/udp-endpoint.ts'
import { FailureError } from '../../../machines/failures.ts'
import { DATAGRAM_BYTES_MAX } from '../../../machines/limits.ts'

const LOOPBACK: Address = { host: '127.0.0.1', port: 0 }

function hasIPv6(): boolean {
  return Object.values(networkInterfaces()).some((all) => all?.some((one) => one.address === '::1'))
}

/** As where koffi is not installed, or the system is another one. */
const absent: LoadLibc = async () => null

for (const [name, load] of Object.entries({ 'over dgram alone': absent, 'past dgram': loadLibc }))
  describe(`a UDP network ${name}`, () => {
    const udpNetwork = createUdpNetwork(load)
    const opened: Endpoint[] = []
    const sockets: Socket[] = []

    async function listen(address = LOOPBACK): Promise<Endpoint> {
      const endpoint = await udpNetwork.listen(address)
      opened.push(endpoint)
      return endpoint
    }

    async function connect(peer: Address): Promise<Endpoint> {
      const endpoint = await udpNetwork.connect(peer)
      opened.push(endpoint)
      return endpoint
    }

    /** A socket that is not ours: knows nothing of endpoints. */
    async function stranger(): Promise<Socket> {
      const socket = createSocket('udp4')
      sockets.push(socket)
      socket.bind(0, '127.0.0.1')
      await once(socket, 'listening')
      return socket
    }

    afterEach(async () => {
      sinon.restore()
      for (const endpoint of opened.splice(0)) await endpoint.close()
      for (const socket of sockets.splice(0)) socket.close()
    })

    before(async function () {
      if (load === loadLibc && (await loadLibc()) === null) this.skip()
    })

    /** The next arrival, in buffers of its own. */
    const next = (endpoint: Endpoint): Promise<Arrival> =>
      firstValueFrom(
        endpoint.arrivals$.pipe(
          map((arrival) => ({
            ...arrival,
            datagrams: arrival.datagrams.map((d) => Buffer.from(d)),
          })),
        ),
      )

    async function failureOf(promise: Promise<unknown>): Promise<unknown> {
      const error = await promise.then(
        () => null,
        (reason: unknown) => reason,
      )
      expect(error).to.be.instanceOf(FailureError)
      return error instanceof FailureError ? error.failure : null
    }

    it('hands over what arrived together as one arrival, in order', async () => {
      const server = await listen()
      const client = await connect(server.address)
      const arrived = next(server)
      const beforeMs = performance.now()
      // More than node:dgram hands over in one turn of the event loop, within half a millisecond.
      client.send(Buffer.from(Array.from({ length: 40 }, (_, i) => i)), 1, server.address)
      const { datagrams, from, atMs } = await arrived
      const bytes = Buffer.concat(datagrams)
      expect(bytes.length).to.be.at.least(32)
      expect([...bytes]).to.deep.equal(Array.from({ length: bytes.length }, (_, i) => i))
      expect(from).to.have.length(datagrams.length)
      expect(from[0]).to.deep.equal(client.address)
      expect(atMs).to.be.within(beforeMs, performance.now())
    })

    it('cuts bytes into segments, the last shorter', async () => {
      const socket = await stranger()
      const server = { host: '127.0.0.1', port: socket.address().port }
      const client = await connect(server)
      const lengths: number[] = []
      const last = new Promise<void>((resolve) => {
        socket.on('message', ({ length }) => {
          lengths.push(length)
          if (length === 1) resolve()
        })
      })
      client.send(Buffer.alloc(3_001), 1_200, server)
      client.send(Buffer.alloc(1_400), 1_400, server)
      client.send(Buffer.alloc(1_201), 600, server)
      await last
      expect(lengths).to.deep.equal([1_200, 1_200, 601, 1_400, 600, 600, 1])
    })

    for (const host of ['127.0.0.1', '::1', '::ffff:127.0.0.1']) {
      it(`listening everywhere, talks with ${host}`, async function () {
        if (host === '::1' && !hasIPv6()) this.skip()
        const server = await listen({ host: '', port: 0 })
        const client = await connect({ host, port: server.address.port })
        const asked = next(server)
        client.send(Buffer.from('ask'), 100, server.address)
        const { from } = await asked
        expect(from).to.deep.equal([client.address])
        expect(from[0]?.host).to.equal(host.replace('::ffff:', ''))
        const answered = next(client)
        server.send(Buffer.from('answer'), 100, from[0]!)
        expect(String((await answered).datagrams[0])).to.equal('answer')
      })
    }

    it('keeps apart those who send from the same host', async () => {
      const server = await listen()
      const clients = [await connect(server.address), await connect(server.address)]
      const arrived = next(server)
      for (const client of [...clients, ...clients])
        client.send(Buffer.from('x'), 1, server.address)
      const addresses = clients.map(({ address }) => address)
      expect((await arrived).from).to.deep.equal([...addresses, ...addresses])
    })

    it('sends to an IPv4-mapped address from an IPv4 socket', async () => {
      const [one, other] = [await listen(), await listen()]
      const arrived = next(other)
      one.send(Buffer.from('x'), 100, { ...other.address, host: '::ffff:127.0.0.1' })
      expect((await arrived).from).to.deep.equal([one.address])
    })

    it('carries the largest datagram whole', async () => {
      const server = await listen()
      const client = await connect(server.address)
      const bytes = Buffer.alloc(DATAGRAM_BYTES_MAX, 'payload ')
      const arrived = next(server)
      client.send(bytes, DATAGRAM_BYTES_MAX, server.address)
      expect((await arrived).datagrams[0]?.equals(bytes)).to.equal(true)
    })

    it('loses what is too large, and what goes nowhere, without a word', async () => {
      const server = await listen()
      const client = await connect(server.address)
      const arrived = next(server)
      client.send(Buffer.alloc(DATAGRAM_BYTES_MAX + 1), DATAGRAM_BYTES_MAX + 1, server.address)
      server.send(Buffer.from('x'), 100, { host: '127.0.0.1', port: 0 })
      server.send(Buffer.from('x'), 100, { host: '::1', port: 9 })
      server.send(Buffer.from('x'), 100, { host: 'not an address', port: 9 })
      client.send(Buffer.from('fits'), 100, server.address)
      expect((await arrived).datagrams.map(String)).to.deep.equal(['fits'])
    })

    it('hands on an empty datagram as any other', async () => {
      const server = await listen()
      const socket = await stranger()
      const arrived = next(server)
      socket.send(Buffer.alloc(0), server.address.port, '127.0.0.1')
      socket.send('after', server.address.port, '127.0.0.1')
      expect((await arrived).datagrams.map(String)).to.deep.equal(['', 'after'])
    })

    it('hears its peer alone once connected', async () => {
      const server = await listen()
      const client = await connect(server.address)
      const socket = await stranger()
      const arrived = next(client)
      socket.send('foreign', client.address.port, '127.0.0.1')
      server.send(Buffer.from('own'), 100, client.address)
      expect((await arrived).datagrams.map(String)).to.deep.equal(['own'])
    })

    it('drops what was foreign before the kernel knew', async () => {
      const server = await listen()
      const [unconnected, foreign] = [await stranger(), await stranger()]
      const client = new UdpEndpoint(unconnected, server.address, null)
      sockets.splice(sockets.indexOf(unconnected), 1)
      opened.push(client)
      const arrived = next(client)
      foreign.send('foreign', client.address.port, '127.0.0.1')
      server.send(Buffer.from('own'), 100, client.address)
      expect((await arrived).datagrams.map(String)).to.deep.equal(['own'])
    })

    it('says unreachable when nothing listens at the peer', async () => {
      const gone = await listen()
      await gone.close()
      const client = await connect(gone.address)
      const refused = firstValueFrom(client.unreachable$)
      const beforeMs = performance.now()
      client.send(Buffer.from('hello?'), 100, gone.address)
      expect((await refused).atMs).to.be.within(beforeMs, performance.now())
    })

    it('tells its real address and buffer', async () => {
      const server = await listen()
      expect(server.address.host).to.equal('127.0.0.1')
      expect(server.address.port).to.be.within(1, 65_535)
      expect(server.socketBufferBytes).to.be.within(16 * 1024, 8 * 1024 * 1024)
    })

    it('fails by name where it cannot listen or connect', async () => {
      const { port } = (await listen()).address
      expect(await failureOf(udpNetwork.listen({ host: '127.0.0.1', port }))).to.deep.equal({
        kind: 'socketError',
        code: 'EADDRINUSE',
      })
      expect(await failureOf(udpNetwork.listen({ host: '203.0.113.1', port: 0 }))).to.deep.equal({
        kind: 'socketError',
        code: 'EADDRNOTAVAIL',
      })
      expect(await failureOf(udpNetwork.connect({ host: '127.0.0.1', port: 0 }))).to.deep.equal({
        kind: 'socketError',
        code: 'ERR_SOCKET_BAD_PORT',
      })
      expect(await failureOf(udpNetwork.connect({ host: 'localhost', port: 9 }))).to.deep.equal({
        kind: 'socketError',
        code: 'EINVAL',
      })
    })

    it('does not listen beside another everywhere', async () => {
      const { port } = (await listen({ host: '', port: 0 })).address
      const failure = await failureOf(udpNetwork.listen({ host: '', port }))
      expect(failure).to.deep.equal({ kind: 'socketError', code: 'EADDRINUSE' })
    })

    it('is silent once closed, twice over, and drops the burst it was gathering', async () => {
      const socket = await stranger()
      const server = new UdpEndpoint(socket, null, null)
      sockets.splice(sockets.indexOf(socket), 1)
      opened.push(server)
      const heard: Arrival[] = []
      server.arrivals$.subscribe((arrival) => heard.push(arrival))
      const client = await connect(server.address)
      client.send(Buffer.from('too late'), 100, server.address)
      await once(socket, 'message')
      const [first, second] = [server.close(), server.close()]
      expect(first).to.equal(second)
      await first
      server.send(Buffer.from('ignored'), 100, client.address)
      for (let turn = 0; turn < 3; turn++) {
        await new Promise<void>((resolve) => client.defer(resolve))
      }
      expect(heard).to.have.length(0)
      expect((await listen(server.address)).address).to.deep.equal(server.address)
    })
  })

describe('a UDP network without a C library', () => {
  const listen = (address: Address) => createUdpNetwork(absent).listen(address)

  afterEach(() => sinon.restore())

  it('listens to IPv4 alone on systems without IPv6', async () => {
    const bind = sinon.stub(Socket.prototype, 'bind').callsFake(function (this: Socket, ...args) {
      if (!args.some((arg) => String(arg) === '::')) return bind.wrappedMethod.apply(this, args)
      const error = Object.assign(new Error('no such family'), { code: 'EAFNOSUPPORT' })
      queueMicrotask(() => this.emit('error', error))
      return this
    })
    const endpoint = await listen({ host: '', port: 0 })
    expect(endpoint.address.host).to.equal('0.0.0.0')
    await endpoint.close()
  })

  it('takes what buffer it can get where the kernel refuses more', async () => {
    const asked: number[] = []
    sinon.stub(Socket.prototype, 'setRecvBufferSize').callsFake((bytes) => {
      asked.push(bytes / 2 ** 20)
      if (bytes > 2 ** 20) throw new Error('ENOBUFS')
    })
    sinon.stub(Socket.prototype, 'setSendBufferSize').throws(new Error('ENOBUFS'))
    await (await listen(LOOPBACK)).close()
    expect(asked).to.deep.equal([8, 4, 2, 1])
  })
})
