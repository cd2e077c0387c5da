import { randomBytes } from 'node:crypto'
import { expect } from 'chai'
import fc from 'fast-check'
import { nodeAead } from '../../../adapters/wire/aead.ts'
import { copySlices } from '../../../adapters/wire/burst.ts'
import { NUMBER_MAX } from '../../../adapters/wire/datagram.ts'
import { ReplayWindow } from '../../../adapters/wire/replay.ts'
import { openControl, RecordSealer, sealControl } from '../../../adapters/wire/seal.ts'
import { Tokens } from '../../../adapters/wire/token.ts'
import { FailureError } from '../../../machines/failures.ts'
import { RECORD_BYTES, RECORDS_MAX } from '../../../machines/limits.ts'
import type { Status } from '../../../machines/messages.ts'
import { dataDatagram, flipped, meet, secured } from './pair.ts'

const status: Status = {
  kind: 'status',
  packets: [0, 9],
  delayMs: 1,
  opened: [0, 0],
  windowRecords: 129,
  rejected: [],
  missing: [],
  storing: false,
}

describe('data', () => {
  it('arrives slice by slice, in both directions, and opens', () => {
    const { client, server } = secured()
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      const plain = randomBytes(RECORD_BYTES)
      const sealed = from.sealRecord(3, plain)
      const slab = Buffer.alloc(2 * (27 + sealed.length))
      let at = 0
      const pieces: [number, number][] = []
      for (let offset = 0; offset < sealed.length; offset += 1_400) {
        pieces.push([offset, Math.min(1_400, sealed.length - offset)])
      }
      for (const [i, [offset, length]] of pieces.entries()) {
        at = from.writeData(slab, at, 100 + i, 3, offset, length, sealed)
      }
      const burst = to.read([slab.subarray(0, at)], 5)!
      expect(burst.data.count).to.equal(pieces.length)
      const gathered = Buffer.alloc(sealed.length)
      for (let row = 0; row < burst.data.count; row++) {
        expect(burst.data.packetNumbers[row]).to.equal(100 + row)
        expect(burst.data.records[row]).to.equal(3)
        expect([burst.data.offsets[row], burst.data.lengths[row]]).to.deep.equal(pieces[row])
      }
      copySlices(burst.data, 0, pieces.length, 1_000, sealed.length - 1, gathered)
      expect(
        gathered.subarray(0, 1_000).every((byte) => byte === 0),
        'only what was asked for',
      ).to.equal(true)
      copySlices(burst.data, 0, pieces.length, 0, 999, gathered)
      expect(burst.data.packetNumbers).to.have.length(pieces.length)
      expect(to.openRecord(3, gathered)).to.deep.equal(plain)
      const beyond = () => copySlices(burst.data, 0, pieces.length + 1, 0, 1, gathered)
      expect(beyond).to.throw(RangeError)
    }
  })

  it('is dropped as forged when its number or token has any bit changed', () => {
    const { client, server } = secured()
    const datagram = dataDatagram(client, 5, 0, 0, 20, client.sealRecord(0, Buffer.alloc(4)))
    for (let bit = 8 * 11; bit < 8 * 21; bit++) {
      expect(server.read([flipped(datagram, bit)], 0), `bit ${bit}`).to.equal(null)
    }
    expect(server.counters.forged).to.equal(80)
    expect(server.read([datagram], 0)?.data.count).to.equal(1)
  })

  it('that comes back to its sender is forged', () => {
    const { client } = secured()
    const datagram = dataDatagram(client, 0, 0, 0, 20, client.sealRecord(0, Buffer.alloc(4)))
    expect(client.read([datagram], 0)).to.equal(null)
    expect(client.counters.forged).to.equal(1)
  })

  it('ends where a sealed record can end', () => {
    const { client, server } = secured()
    const bytes = Buffer.alloc(65_535)
    const readAt = (offset: number) =>
      server.read([dataDatagram(client, offset, 0, offset, 100, bytes)], 0)
    const sealedBytesMax = RECORD_BYTES + 16
    expect(readAt(sealedBytesMax - 100)?.data.count).to.equal(1)
    expect(readAt(sealedBytesMax - 99)).to.equal(null)
    expect(server.counters.malformed).to.equal(1)
  })

  it('has at least one byte', () => {
    const { client, server } = secured()
    const sealed = client.sealRecord(0, Buffer.alloc(4))
    expect(server.read([dataDatagram(client, 0, 0, 0, 1, sealed)], 0)?.data.count).to.equal(1)
    expect(server.read([dataDatagram(client, 1, 0, 0, 0, sealed)], 0)).to.equal(null)
    expect(server.counters.malformed).to.equal(1)
  })

  it('is numbered across 2^32 and up to 2^48 − 1', () => {
    const { client, server } = secured()
    const sealed = client.sealRecord(0, Buffer.alloc(4))
    for (const number of [2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, NUMBER_MAX]) {
      const burst = server.read([dataDatagram(client, number, 0, 0, 20, sealed)], 0)
      expect(burst?.data.packetNumbers[0]).to.equal(number)
    }
    expect(() => dataDatagram(client, NUMBER_MAX + 1, 0, 0, 20, sealed)).to.throw(RangeError)
  })

  it('is written only where its slice and its buffer have room', () => {
    const { client } = secured()
    const sealed = client.sealRecord(0, Buffer.alloc(4))
    expect(client.writeData(Buffer.alloc(47), 0, 0, 0, 0, 20, sealed)).to.equal(47)
    expect(() => client.writeData(Buffer.alloc(46), 0, 0, 0, 0, 20, sealed)).to.throw(RangeError)
    expect(() => client.writeData(Buffer.alloc(99), 0, 0, 0, 1, 20, sealed)).to.throw(RangeError)
  })
})

describe('tokens', () => {
  it('are the same read in order, at random and one by one', () => {
    const key = randomBytes(32)
    const forward = new Tokens(key)
    const tokens = Array.from({ length: 40_000 }, (_, number) => forward.at(number))
    expect(new Set(tokens.slice(0, 1_000)).size).to.equal(1_000)
    const random = new Tokens(key)
    for (const number of [39_999, 0, 16_384, 16_383, 32_768, 1, 39_998]) {
      expect(random.verify(number, tokens[number]!), `${number}`).to.equal(true)
      expect(random.verify(number, tokens[number]! ^ 1), `${number}`).to.equal(false)
    }
  })

  it('agree on both sides of every page and of 2^32', () => {
    const key = randomBytes(32)
    for (const number of [16_383, 16_384, 2 ** 32 - 1, 2 ** 32, NUMBER_MAX]) {
      expect(new Tokens(key).verify(number, new Tokens(key).at(number)), `${number}`).to.equal(true)
    }
    expect(new Tokens(key).at(2 ** 32)).to.not.equal(new Tokens(key).at(0))
  })
})

describe('control', () => {
  it('is taken once, counted when repeated', () => {
    const { client, server } = secured()
    const ping = client.sealControl({ kind: 'ping' })
    expect(server.read([ping, ping], 0)?.controls).to.deep.equal([{ kind: 'ping', number: 0 }])
    expect(server.read([ping], 0)).to.equal(null)
    expect(server.counters.replayed).to.equal(2)
  })

  it('never opens with any bit changed, and opens unchanged afterwards', () => {
    const { client, server } = secured()
    const ping = client.sealControl({ kind: 'ping' })
    for (let bit = 0; bit < 8 * ping.length; bit++) {
      expect(server.read([flipped(ping, bit)], 0), `bit ${bit}`).to.equal(null)
    }
    expect(server.read([ping], 0)?.controls).to.deep.equal([{ kind: 'ping', number: 0 }])
  })

  it('hands on only the newest status, within a burst and across bursts', () => {
    const { client, server } = secured()
    const sent = [1, 2, 3].map((windowRecords) => client.sealControl({ ...status, windowRecords }))
    const done = client.sealControl({ kind: 'done' })
    const burst = server.read([sent[1]!, done, sent[0]!], 0)
    expect(burst?.controls.map(({ number }) => number)).to.deep.equal([1, 3])
    const late = client.sealControl({ ...status, windowRecords: 4 })
    expect(server.read([late], 0)?.controls[0]).to.include({ windowRecords: 4 })
    expect(server.read([sent[2]!], 0)).to.equal(null)
  })

  it('keeps the order of arrival around a status that is superseded', () => {
    const { client, server } = secured()
    const sent = [status, { kind: 'ping' }, status, { kind: 'done' }] as const
    const burst = server.read(
      [Buffer.concat(sent.map((control) => client.sealControl(control)))],
      0,
    )
    expect(burst?.controls.map(({ kind }) => kind)).to.deep.equal(['ping', 'status', 'done'])
  })

  it('is numbered across 2^32 and up to 2^48 − 1', () => {
    const key = randomBytes(32)
    const plain = Buffer.from('a')
    for (const number of [2 ** 32 - 1, 2 ** 32, NUMBER_MAX]) {
      const datagram = sealControl(nodeAead, key, Buffer.alloc(8), number, plain)
      expect(openControl(nodeAead, key, datagram)).to.deep.equal(plain)
      expect(openControl(nodeAead, key, flipped(datagram, 8 * 16))).to.equal(null)
    }
    expect(() => sealControl(nodeAead, key, Buffer.alloc(8), NUMBER_MAX + 1, plain)).to.throw(
      FailureError,
    )
  })

  it('is accepted by the server as soon as the welcome was made', () => {
    const { client, server, welcome } = meet()
    const early = server.sealControl(status)
    expect(client.read([early], 0)).to.equal(null)
    expect(client.counters.unexpected).to.equal(1)
    const burst = client.read([Buffer.concat([welcome, early])], 0)
    expect(burst?.welcome).to.not.equal(null)
    expect(burst?.controls).to.have.length(1)
    expect(server.read([client.sealControl({ kind: 'ping' })], 0)?.controls).to.have.length(1)
  })
})

describe('replay window', () => {
  it('takes each of the newest 1 024 once, in any order, and nothing older', () => {
    const window = new ReplayWindow()
    window.take(5_000)
    expect([window.has(5_000), window.has(4_999), window.has(5_001)]).to.deep.equal([
      true,
      false,
      false,
    ])
    expect([window.has(5_000 - 1_023), window.has(5_000 - 1_024)]).to.deep.equal([false, true])
    window.take(6_023)
    expect([window.has(5_000), window.has(4_999)]).to.deep.equal([true, true])
    expect([window.has(5_001), window.has(6_022)]).to.deep.equal([false, false])
    window.take(6_024)
    window.take(6_024 + 1_024)
    expect([window.has(6_024), window.has(6_025)]).to.deep.equal([true, false])
  })

  it('agrees with a set of all numbers taken', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(3_000), { maxLength: 400 }), (numbers) => {
        const window = new ReplayWindow()
        const taken = new Set<number>()
        let newest = -1
        for (const number of numbers) {
          const expected = taken.has(number) || number <= newest - 1_024
          expect(window.has(number)).to.equal(expected)
          if (expected) continue
          window.take(number)
          taken.add(number)
          newest = Math.max(newest, number)
        }
      }),
    )
  })
})

describe('records', () => {
  it('open only as what they were sealed as', () => {
    const { client, server } = secured()
    const plain = randomBytes(100)
    const sealed = client.sealRecord(RECORDS_MAX - 1, plain)
    expect(server.openRecord(RECORDS_MAX - 1, sealed)).to.deep.equal(plain)
    expect(server.openRecord(RECORDS_MAX - 2, sealed)).to.equal(null)
    expect(client.openRecord(RECORDS_MAX - 1, sealed)).to.equal(null)
    for (let bit = 0; bit < 8 * sealed.length; bit++) {
      expect(server.openRecord(RECORDS_MAX - 1, flipped(sealed, bit)), `bit ${bit}`).to.equal(null)
    }
    for (let length = 0; length < sealed.length; length++) {
      expect(server.openRecord(RECORDS_MAX - 1, sealed.subarray(0, length))).to.equal(null)
    }
  })

  it('are sealed once, in any order, within their range and size', () => {
    const sealer = new RecordSealer(nodeAead, randomBytes(32))
    const plain = Buffer.alloc(RECORD_BYTES)
    for (const record of [2, 0, 1, 4, 3, RECORDS_MAX - 1]) {
      expect(sealer.seal(record, plain)).to.have.length(RECORD_BYTES + 16)
    }
    for (const record of [0, 1, 2, 3, 4, RECORDS_MAX - 1, RECORDS_MAX, -1, 0.5]) {
      expect(() => sealer.seal(record, plain), `${record}`).to.throw(FailureError)
    }
    expect(() => sealer.seal(5, Buffer.alloc(RECORD_BYTES + 1))).to.throw(FailureError)
  })
})

describe('read', () => {
  it('walks buffers that hold several datagrams, a shorter one last', () => {
    const { client, server } = secured()
    const sealed = client.sealRecord(0, randomBytes(2_000))
    const burst = server.read(
      [
        Buffer.concat([
          dataDatagram(client, 0, 0, 0, 900, sealed),
          client.sealControl(status),
          dataDatagram(client, 1, 0, 900, 900, sealed),
        ]),
        dataDatagram(client, 2, 0, 1_800, 216, sealed),
      ],
      0,
    )
    expect([...burst!.data.lengths]).to.deep.equal([900, 900, 216])
    expect(burst!.controls).to.have.length(1)
  })

  it('drops the rest of a buffer that does not parse, and keeps what came before and after', () => {
    const { client, server } = secured()
    const sealed = client.sealRecord(0, randomBytes(100))
    const whole = [0, 1, 2, 3].map((number) => dataDatagram(client, number, 0, 0, 50, sealed))
    const broken = Buffer.concat([whole[0]!, Buffer.alloc(11), whole[1]!])
    const burst = server.read([broken, Buffer.concat([whole[2]!, whole[3]!.subarray(0, -1)])], 0)
    expect([...burst!.data.packetNumbers]).to.deep.equal([0, 2])
    expect(server.counters).to.deep.equal({ malformed: 2, forged: 0, replayed: 0, unexpected: 0 })
  })

  it('steps over unknown types and other sessions', () => {
    const { client, server } = secured()
    const unknown = Buffer.from(client.sealControl({ kind: 'ping' }))
    unknown[0] = 9
    const foreign = secured().client.sealControl({ kind: 'ping' })
    const own = client.sealControl({ kind: 'done' })
    const burst = server.read([Buffer.concat([unknown, foreign, own])], 0)
    expect(burst?.controls).to.deep.equal([{ kind: 'done', number: 1 }])
    expect(server.counters.unexpected).to.equal(2)
  })

  it('makes nothing of any truncation of any datagram, and counts it', () => {
    const { client, server, welcome } = meet()
    const cuts = (datagram: Buffer) =>
      Array.from({ length: datagram.length - 1 }, (_, i) => datagram.subarray(0, i + 1))
    expect(client.read(cuts(welcome), 0)).to.equal(null)
    expect(client.counters.malformed).to.equal(welcome.length - 1)
    client.read([welcome], 0)
    const data = dataDatagram(client, 0, 0, 0, 20, client.sealRecord(0, Buffer.alloc(4)))
    const all = [client.hello, data, client.sealControl(status)].flatMap(cuts)
    expect(server.read(all, 0)).to.equal(null)
    expect(server.counters.malformed).to.equal(all.length)
  })

  it('makes nothing of truncations that state their own shorter length', () => {
    const { client, server, welcome } = meet()
    const shortened = (datagram: Buffer) =>
      Array.from({ length: datagram.length }, (_, length) => {
        const cut = Buffer.from(datagram.subarray(0, length))
        if (length > 2) cut.writeUInt16BE(length, 1)
        return cut
      })
    const other = meet()
    expect(other.client.read(shortened(welcome), 0)).to.equal(null)
    expect(client.read(shortened(welcome), 0)).to.equal(null)
    client.read([welcome], 0)
    const all = [client.hello, client.sealControl(status)].flatMap(shortened)
    expect(server.read(all, 0)).to.equal(null)
  })

  it('never throws and makes nothing of random bytes', () => {
    const { client, server, welcome } = meet()
    const prefixOf = fc
      .tuple(fc.integer({ min: 0, max: 9 }), fc.uint8Array({ maxLength: 1_300, size: 'max' }))
      .map(([type, rest]) => {
        const datagram = Buffer.concat([welcome.subarray(0, 11), rest])
        datagram[0] = type
        datagram.writeUInt16BE(datagram.length, 1)
        return datagram
      })
    const hostile = fc.oneof(
      fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
      prefixOf,
    )
    fc.assert(
      fc.property(fc.array(hostile, { maxLength: 5 }), (buffers) => {
        expect(client.read(buffers, 0)).to.equal(null)
        expect(server.read(buffers, 0)).to.equal(null)
      }),
    )
    expect(client.read([welcome], 0)?.welcome).to.not.equal(null)
    expect(server.counters.forged).to.be.above(0)
  })

  it('says nothing of an empty burst', () => {
    const { client } = secured()
    expect(client.read([], 0)).to.equal(null)
    expect(client.read([Buffer.alloc(0)], 0)).to.equal(null)
    expect(client.counters).to.deep.equal({ malformed: 0, forged: 0, replayed: 0, unexpected: 0 })
  })
})
