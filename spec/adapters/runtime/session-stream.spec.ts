import { expect } from 'chai'
import sinon from 'sinon'
import { SessionStream } from '../../../adapters/runtime/session-stream.ts'
import type { Address } from '../../../adapters/udp/endpoint.ts'
import { BurstBuilder, copySlices } from '../../../adapters/wire/burst.ts'
import type { SessionEvent } from '../../../machines/events.ts'

const FROM: Address = { host: '192.0.2.1', port: 5005 }

describe('a session’s stream', () => {
  let clock: sinon.SinonFakeTimers
  let read: string[][]
  let stream: SessionStream

  beforeEach(() => {
    clock = sinon.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    read = []
    stream = new SessionStream(({ datagrams }) => {
      read.push(datagrams.map((datagram) => datagram.toString('latin1')))
      return null
    })
  })

  afterEach(() => {
    stream.close()
    expect(clock.countTimers()).to.equal(0)
    clock.restore()
  })

  const arrive = (...datagrams: readonly Buffer[]) =>
    stream.arrive({ atMs: performance.now(), datagrams, from: datagrams.map(() => FROM) })

  it('reads at once what comes a millisecond after the last burst', () => {
    arrive(Buffer.from('a'), Buffer.from('b'))
    clock.tick(1)
    arrive(Buffer.from('c'))
    expect(read).to.deep.equal([['a', 'b'], ['c']])
  })

  for (const bytes of [1, 8_191, 8_192, 65_536]) {
    it(`lets ${bytes} bytes wait that come sooner, and keeps them as they came`, () => {
      arrive(Buffer.from('a'))
      const room = Buffer.alloc(bytes, 'b')
      arrive(room)
      room.fill('c')
      arrive(room)
      room.fill('d')
      expect(read).to.deep.equal([['a']])
      clock.tick(1)
      expect(read[1]).to.deep.equal(['b'.repeat(bytes), 'c'.repeat(bytes)])
    })
  }

  it('lets no more than 64 buffers wait', () => {
    arrive(Buffer.from('a'))
    for (let i = 0; i < 63; i += 1) arrive(Buffer.from('b'))
    expect(read).to.have.length(1)
    arrive(Buffer.from('b'))
    expect(read[1]).to.have.length(64)
  })

  describe('of which somebody holds a burst', () => {
    let heard: SessionEvent[]
    let room: Buffer

    beforeEach(() => {
      stream.close()
      stream = new SessionStream(({ datagrams: [datagram], atMs }) => {
        const burst = new BurstBuilder()
        burst.addData(0, 0, 0, datagram!, 0, 3)
        burst.addData(1, 0, 3, datagram!, 4, 8)
        return burst.finish(atMs)
      })
      heard = []
      room = Buffer.from('one four')
    })

    const copied = (event: SessionEvent | undefined) => {
      if (event?.type !== 'burst') return null
      const into = Buffer.alloc(7)
      copySlices(event.data, 0, 2, 0, 6, into)
      return into.toString('latin1')
    }

    it('keeps its bytes for whoever takes it up later', () => {
      stream.events$.subscribe((event) => heard.push(event))
      arrive(room)
      room.fill('?')
      expect(copied(heard[0])).to.equal('onefour')
    })

    it('keeps none for who took them up at once', () => {
      stream.events$.subscribe((event) => {
        heard.push(event)
        copied(event)
      })
      arrive(room)
      room.fill('?')
      expect(copied(heard[0])).to.equal('???????')
    })
  })
})
