import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { expect } from 'chai'
import { firstValueFrom, map } from 'rxjs'
import { Descriptor } from '../../../adapters/udp/descriptor.ts'
import type { Address, Endpoint } from '../../../adapters/udp/endpoint.ts'
import { type Libc, loadLibc } from '../../../adapters/udp/libc.ts'
import { createUdpNetwork } from '../../../adapters/udp/network.ts'

const LOOPBACK: Address = { host: '127.0.0.1', port: 0 }
const UDP_SEGMENT = 103
const UDP_GRO = 104
const SO_RCVBUFFORCE = 33

/** The C library, noting what is sent; `refuse` says what it answers with in place of sending. */
class Overheard {
  readonly sent: { bytes: number; segmentBytes: number }[] = []
  refuse: (bytes: number, segmentBytes: number) => string | null = () => null
  unsupported: readonly number[] = []
  readonly libc: Libc
  #segmentBytes = 0

  constructor(real: Libc) {
    let code: string | null = null
    this.libc = {
      ...real,
      errorCode: () => code ?? real.errorCode(),
      setsockopt: (fd, level, option, value, bytes) => {
        if (this.unsupported.includes(option)) return -1
        if (option === UDP_SEGMENT) this.#segmentBytes = Buffer.from(value).readInt32LE()
        return real.setsockopt(fd, level, option, value, bytes)
      },
      sendto: (fd, data, bytes, flags, address, addressBytes) => {
        code = this.refuse(bytes, this.#segmentBytes)
        if (code !== null) return -1
        this.sent.push({ bytes, segmentBytes: this.#segmentBytes })
        return real.sendto(fd, data, bytes, flags, address, addressBytes)
      },
    }
  }
}

describe('Descriptor', () => {
  let overheard: Overheard
  const opened: Endpoint[] = []
  const sockets: Socket[] = []

  beforeEach(async function () {
    const libc = await loadLibc()
    if (libc === null) return this.skip()
    overheard = new Overheard(libc)
  })

  afterEach(async () => {
    for (const endpoint of opened.splice(0)) await endpoint.close()
    for (const socket of sockets.splice(0)) socket.close()
  })

  const network = () => createUdpNetwork(async () => overheard.libc)

  async function listen(address = LOOPBACK): Promise<Endpoint> {
    const endpoint = await network().listen(address)
    opened.push(endpoint)
    return endpoint
  }

  async function connect(peer: Address): Promise<Endpoint> {
    const endpoint = await network().connect(peer)
    opened.push(endpoint)
    return endpoint
  }

  /** A socket of node:dgram, which hears datagram by datagram, and the first `count` it hears. */
  async function hearer(count: number) {
    const socket = createSocket('udp4')
    sockets.push(socket)
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    const heard = new Promise<Buffer[]>((resolve) => {
      const datagrams: Buffer[] = []
      socket.on('message', (datagram) => {
        if (datagrams.push(datagram) === count) resolve(datagrams)
      })
    })
    return { address: { host: '127.0.0.1', port: socket.address().port }, heard }
  }

  it('has segments leave in one call, and arrive as one buffer, the short last one too', async () => {
    const server = await listen()
    const client = await connect(server.address)
    expect([server.offload, client.offload]).to.deep.equal([true, true])
    const bytes = Buffer.from(Array.from({ length: 61_001 }, (_, i) => i))
    const arrived = firstValueFrom(
      server.arrivals$.pipe(map(({ datagrams }) => datagrams.map((d) => Buffer.from(d)))),
    )
    client.send(bytes, 1_400, server.address)
    expect(overheard.sent).to.deep.equal([{ bytes: 61_001, segmentBytes: 1_400 }])
    const datagrams = await arrived
    expect(datagrams).to.have.length(1)
    expect(datagrams[0]?.equals(bytes)).to.equal(true)
  })

  it('sends at most 64 segments a call, and at most 65 507 bytes', async () => {
    const { address, heard } = await hearer(65)
    const client = await connect(address)
    client.send(Buffer.alloc(64 * 100), 100, address)
    client.send(Buffer.alloc(64 * 100 + 1), 100, address)
    expect((await heard).every(({ length }) => length === 100)).to.equal(true)
    client.send(Buffer.alloc(13 * 5_039), 5_039, address)
    client.send(Buffer.alloc(12 * 5_459), 5_459, address)
    expect(overheard.sent.map(({ bytes }) => bytes)).to.deep.equal([
      6_400, 6_400, 1, 65_507, 60_049, 5_459,
    ])
  })

  it('keeps apart the sizes of those it sends to in turn', async () => {
    const [one, other] = [await hearer(2), await hearer(3)]
    const server = await listen()
    server.send(Buffer.alloc(2_400), 1_200, one.address)
    server.send(Buffer.alloc(4_200), 1_400, other.address)
    // Shorter than the size that is set: leaves as it is, with none set, lest its device refuse it.
    server.send(Buffer.alloc(300), 300, other.address)
    expect((await one.heard).map(({ length }) => length)).to.deep.equal([1_200, 1_200])
    expect((await other.heard).map(({ length }) => length)).to.deep.equal([1_400, 1_400, 1_400])
    expect(overheard.sent.map(({ segmentBytes }) => segmentBytes)).to.deep.equal([1_200, 1_400, 0])
  })

  it('has dgram wait where the kernel is full, and overtakes nothing', async () => {
    const { address, heard } = await hearer(7)
    const client = await connect(address)
    client.send(Buffer.from('aabbcc'), 2, address)
    overheard.refuse = () => 'EAGAIN'
    const bytes = Buffer.from('ddeef')
    client.send(bytes, 2, address)
    bytes.fill('x')
    overheard.refuse = () => null
    // Would arrive in two pieces, were what dgram sends still cut.
    client.send(Buffer.from('late'), 4, address)
    const texts = (await heard).map(String)
    expect(texts).to.deep.equal(['aa', 'bb', 'cc', 'dd', 'ee', 'f', 'late'])
  })

  it('goes past dgram again once dgram waits for nothing', async () => {
    const { address, heard } = await hearer(2)
    const client = await connect(address)
    overheard.refuse = () => 'ENOBUFS'
    client.send(Buffer.from('aabb'), 2, address)
    overheard.refuse = () => null
    await heard
    client.send(Buffer.from('cc'), 2, address)
    expect(overheard.sent).to.deep.equal([{ bytes: 2, segmentBytes: 0 }])
  })

  it('sends one by one where the device cannot cut', async () => {
    const { address, heard } = await hearer(3)
    const client = await connect(address)
    overheard.refuse = (_, segmentBytes) => (segmentBytes > 0 ? 'EIO' : null)
    client.send(Buffer.from('aabbc'), 2, address)
    expect((await heard).map(String)).to.deep.equal(['aa', 'bb', 'c'])
    expect(client.offload).to.equal(false)
  })

  it('sends one by one where the kernel is too old', async () => {
    overheard.unsupported = [UDP_SEGMENT, UDP_GRO, SO_RCVBUFFORCE]
    const { address, heard } = await hearer(3)
    const client = await connect(address)
    expect(client.offload).to.equal(false)
    expect(client.dontFragment).to.equal(true)
    client.send(Buffer.from('aabbc'), 2, address)
    expect((await heard).map(String)).to.deep.equal(['aa', 'bb', 'c'])
  })

  for (const host of ['127.0.0.1', '::', '::1']) {
    it(`has nothing cut on the way from ${host}`, async function () {
      const server = await listen({ host, port: 0 }).catch(() => null)
      if (server === null) return this.skip()
      expect(server.dontFragment).to.equal(true)
    })
  }

  it('loses a datagram that would have to be cut, and not the one after it', async () => {
    const { address, heard } = await hearer(1)
    const client = await connect(address)
    // Loopback carries 65 536 bytes, headers included; without DF such a datagram would be cut.
    client.send(Buffer.alloc(65_508), 65_508, address)
    client.send(Buffer.from('fits'), 4, address)
    expect((await heard).map(String)).to.deep.equal(['fits'])
  })

  it('fails where the system has no such socket', () => {
    overheard.libc.socket = () => -1
    expect(Descriptor.open(overheard.libc, true)).to.equal(null)
  })
})
