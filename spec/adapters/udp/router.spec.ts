import { expect } from 'chai'
import { Subject } from 'rxjs'
import type { Address, Arrival } from '../../../adapters/udp/endpoint.ts'
import { Router } from '../../../adapters/udp/router.ts'
import { DATA, HELLO } from '../../../adapters/wire/datagram.ts'

const FROM: Address = { host: '192.0.2.2', port: 50_000 }
const ELSEWHERE: Address = { host: '192.0.2.3', port: 50_001 }

function datagram(type: number, sessionId: string, rest = ''): Buffer {
  return Buffer.from(`${String.fromCharCode(type)}\0\0${sessionId}${rest}`, 'latin1')
}

const data = (sessionId: string, rest?: string) => datagram(DATA, sessionId, rest)
const hello = (sessionId: string) => datagram(HELLO, sessionId)

describe('Router', () => {
  let arrivals: Subject<Arrival>
  let hellos: { datagram: Buffer; from: Address; atMs: number }[]
  let onHello: (datagram: Buffer) => void
  let router: Router

  beforeEach(() => {
    arrivals = new Subject()
    hellos = []
    onHello = () => {}
    router = new Router(arrivals, {
      onHello(bytes, from, atMs) {
        hellos.push({ datagram: bytes, from, atMs })
        onHello(bytes)
      },
    })
  })

  function arrive(...datagrams: Buffer[]): void {
    arrivals.next({ atMs: 42, datagrams, from: datagrams.map(() => FROM) })
  }

  function session(sessionId: string) {
    const heard: Arrival[] = []
    const remove = router.add(sessionId, (arrival) => heard.push(arrival))
    return {
      heard,
      remove,
      texts: () => heard.map((a) => a.datagrams.map((d) => d.toString('latin1', 11))),
    }
  }

  it('gives each session its datagrams of an arrival as one, in order', () => {
    const a = session('aaaaaaaa')
    const b = session('aaaabbbb')
    arrive(
      data('aaaaaaaa', '1'),
      data('aaaaaaaa', '2'),
      data('aaaabbbb', '3'),
      data('aaaaaaaa', '4'),
      data('aaaabbbb', '5'),
    )
    arrive(data('aaaabbbb', '6'))
    expect(a.texts()).to.deep.equal([['1', '2', '4']])
    expect(b.texts()).to.deep.equal([['3', '5'], ['6']])
    expect(a.heard[0]?.atMs).to.equal(42)
    expect(router.unknown).to.equal(0)
  })

  it('tells ids apart by each of their bytes', () => {
    const id = '\xff\x80\0\x01\xfe\x7f\0\x02'
    const own = session(id)
    for (let i = 0; i < 8; i++) {
      const other = data(id)
      other[3 + i]! ^= 1
      arrive(data(id, 'mine'), other)
    }
    expect(own.texts()).to.deep.equal(new Array(8).fill(['mine']))
    expect(router.unknown).to.equal(8)
  })

  it('keeps each datagram with its sender', () => {
    const a = session('aaaaaaaa')
    const datagrams = [data('aaaaaaaa'), data('unknown!'), data('aaaaaaaa')]
    arrivals.next({ atMs: 1, datagrams, from: [FROM, FROM, ELSEWHERE] })
    expect(a.heard[0]?.from).to.deep.equal([FROM, ELSEWHERE])
  })

  it('counts and drops what is of no session, and what is too short to say', () => {
    arrive(data('unknown!'), data('unknown!'), Buffer.alloc(0), Buffer.alloc(10, HELLO))
    expect(router.unknown).to.equal(4)
    arrive(Buffer.alloc(11, HELLO))
    expect(router.unknown).to.equal(4)
    expect(hellos).to.have.length(1)
  })

  it('gives the rest of an arrival to a session that its hello added', () => {
    const heard: Arrival[] = []
    onHello = () => router.add('newcomer', (arrival) => heard.push(arrival))
    arrive(data('newcomer'), hello('newcomer'), hello('newcomer'), data('newcomer'))
    expect(hellos).to.deep.equal([{ datagram: hello('newcomer'), from: FROM, atMs: 42 }])
    expect(heard.map(({ datagrams }) => datagrams)).to.deep.equal([
      [hello('newcomer'), data('newcomer')],
    ])
    expect(router.unknown).to.equal(1)
  })

  it('asks again about each hello that was not taken in', () => {
    arrive(hello('newcomer'), hello('newcomer'), data('newcomer'))
    expect(hellos).to.have.length(2)
    expect(router.unknown).to.equal(1)
  })

  it('gives a removed session nothing more, not even of the arrival under way', () => {
    const first: string[] = []
    router.add('aaaaaaaa', () => {
      first.push('a')
      b.remove()
    })
    const b = session('bbbbbbbb')
    arrive(data('aaaaaaaa'), data('bbbbbbbb'))
    expect(first).to.deep.equal(['a'])
    expect(b.heard).to.have.length(0)
    arrive(data('bbbbbbbb'))
    expect(router.unknown).to.equal(1)
  })

  it('removes a session only once, whoever has its id by then', () => {
    const before = session('aaaaaaaa')
    before.remove()
    const after = session('aaaaaaaa')
    before.remove()
    arrive(data('aaaaaaaa', 'x'))
    expect(after.texts()).to.deep.equal([['x']])
  })

  describe('where a buffer holds several datagrams', () => {
    const whole = (datagram: Buffer): Buffer => {
      datagram.writeUInt16BE(datagram.length, 1)
      return datagram
    }

    it('splits it where the session changes', () => {
      const a = session('aaaaaaaa')
      const b = session('aaaabbbb')
      const [one, two, three, four] = [
        whole(data('aaaaaaaa', '1')),
        whole(data('aaaaaaaa', '22')),
        whole(data('aaaabbbb', '3')),
        whole(data('aaaaaaaa', '4')),
      ]
      arrive(Buffer.concat([one, two, three, four]))
      expect(a.heard.map(({ datagrams }) => datagrams)).to.deep.equal([
        [Buffer.concat([one, two]), four],
      ])
      expect(b.heard.map(({ datagrams }) => datagrams)).to.deep.equal([[three]])
    })

    it('finds a hello among them, and each alone', () => {
      const a = session('aaaaaaaa')
      const [old, newcomer, same] = [
        whole(data('aaaaaaaa', '1')),
        whole(hello('newcomer')),
        whole(data('newcomer', 'x')),
      ]
      arrive(Buffer.concat([old, newcomer, same]))
      expect(a.texts()).to.have.length(1)
      expect(hellos.map(({ datagram: bytes }) => bytes)).to.deep.equal([newcomer])
      expect(router.unknown).to.equal(1)
    })

    for (const lengthBytes of [0, 10, 65_535]) {
      it(`leaves what follows a datagram that says ${lengthBytes} bytes with it`, () => {
        const a = session('aaaaaaaa')
        const bad = data('aaaaaaaa', '1')
        bad.writeUInt16BE(lengthBytes, 1)
        const bytes = Buffer.concat([bad, whole(data('aaaabbbb', '2'))])
        arrive(bytes)
        expect(a.heard[0]?.datagrams).to.deep.equal([bytes])
      })
    }

    it('leaves a rest that is too short with what is ahead of it', () => {
      const a = session('aaaaaaaa')
      const bytes = Buffer.concat([whole(data('aaaaaaaa', '1')), Buffer.alloc(10, DATA)])
      arrive(bytes)
      expect(a.heard[0]?.datagrams).to.deep.equal([bytes])
    })
  })
})
