import { createHash, randomBytes } from 'node:crypto'
import { expect } from 'chai'
import { createClientWire } from '../../../adapters/wire/client-wire.ts'
import { isHello, peekSessionId } from '../../../adapters/wire/datagram.ts'
import { acceptHello } from '../../../adapters/wire/server-wire.ts'
import { FailureError } from '../../../machines/failures.ts'
import { DATAGRAM_BYTES_MIN, PATH_BYTES_MAX } from '../../../machines/limits.ts'
import type { Request } from '../../../machines/messages.ts'
import { accept, acceptedWelcome, flipped, introduction, listHello, meet } from './pair.ts'

const sessionId = Buffer.from('8081828384858687', 'hex')

function failureOf(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    if (error instanceof FailureError) return error.failure
  }
  return null
}

describe('handshake', () => {
  it('brings hello and welcome across, padded and small enough', () => {
    const longest = 'p'.repeat(PATH_BYTES_MAX)
    const entry = { path: longest, sizeBytes: 2 ** 40, mtimeUs: 1_700_000_000_000_001 }
    const hello = { request: { verb: 'put', entry, replace: true }, introduction } as const
    const { client, server, welcome } = meet(hello, {
      answer: { kind: 'sending', entry },
      introduction,
    })
    expect(client.hello).to.have.length(DATAGRAM_BYTES_MIN)
    expect(welcome.length).to.be.at.most(DATAGRAM_BYTES_MIN)
    expect(server.hello).to.deep.equal(hello)
    expect(server.sessionId).to.equal(client.sessionId)
    const burst = client.read([Buffer.from(welcome)], 7)
    expect(burst?.welcome).to.deep.equal({ answer: { kind: 'sending', entry }, introduction })
    expect(burst?.atMs).to.equal(7)
  })

  it('works without a key, and not with one against none', () => {
    const client = createClientWire({ key: null, sessionId, hello: listHello })
    expect(accept(client.hello, null).hello).to.deep.equal(listHello)
    expect(acceptHello(client.hello, randomBytes(32)).kind).to.equal('refused')
  })

  it('seals one welcome, whatever is asked later', () => {
    const { server, welcome } = meet()
    const again = server.welcome({ answer: { kind: 'identical' }, introduction })
    expect(again).to.equal(welcome)
  })

  it('refuses to make a welcome that does not fit, and can still make another', () => {
    const client = createClientWire({ key: null, sessionId, hello: listHello })
    const server = accept(client.hello, null)
    const entries = Array.from({ length: 2 }, () => ({
      path: 'a'.repeat(600),
      sizeBytes: 0,
      mtimeUs: 0,
    }))
    const tooLong = { answer: { kind: 'listed', entries }, introduction } as const
    expect(failureOf(() => server.welcome(tooLong))).to.have.property('kind', 'protocolViolated')
    expect(client.read([server.welcome(acceptedWelcome)], 0)?.welcome).to.deep.equal(
      acceptedWelcome,
    )
  })

  it('opens a welcome after any number of bad ones', () => {
    const { client, welcome } = meet()
    const forgeries = [11, 43, 60, welcome.length - 1].map((byte) => flipped(welcome, 8 * byte))
    expect(client.read(forgeries, 0)).to.equal(null)
    expect(client.counters.forged).to.equal(forgeries.length)
    expect(client.read([welcome], 0)?.welcome).to.deep.equal(acceptedWelcome)
  })

  it('does not take the welcome of another hello under the same key and session id', () => {
    const key = randomBytes(32)
    const [one, other] = [listHello, listHello].map((hello) =>
      createClientWire({ key, sessionId, hello }),
    )
    expect(one!.read([accept(other!.hello, key).welcome(acceptedWelcome)], 0)).to.equal(null)
  })

  it('tells a wrong key from a version that is not spoken', () => {
    const client = createClientWire({ key: randomBytes(32), sessionId, hello: listHello })
    const refused = acceptHello(client.hello, randomBytes(32))
    if (refused.kind !== 'refused') throw new Error(refused.kind)
    expect(refused.answer.subarray(11, 27)).to.deep.equal(
      createHash('sha256').update(client.hello).digest().subarray(0, 16),
    )
    expect(client.read([refused.answer], 0)?.refused).to.deep.equal({ kind: 'wrongKey' })
    const newer = Buffer.from(refused.answer)
    newer[27] = 2
    expect(client.read([newer], 0)?.refused).to.deep.equal({
      kind: 'versionUnsupported',
      supported: 2,
    })
  })

  it('ignores a refusal that does not quote its hello', () => {
    const key = randomBytes(32)
    const client = createClientWire({ key, sessionId, hello: listHello })
    const other = createClientWire({ key, sessionId, hello: listHello })
    const refused = acceptHello(other.hello, null)
    if (refused.kind !== 'refused') throw new Error(refused.kind)
    expect(client.read([refused.answer], 0)).to.equal(null)
    expect(client.counters.forged).to.equal(1)
  })

  it('answers a hello of another version with a refusal, if it is padded', () => {
    const { hello } = createClientWire({ key: null, sessionId, hello: listHello })
    const newer = Buffer.from(hello)
    newer[11] = 2
    expect(acceptHello(newer, null)).to.have.property('kind', 'refused')
    const unpadded = Buffer.from(newer.subarray(0, DATAGRAM_BYTES_MIN - 1))
    unpadded.writeUInt16BE(unpadded.length, 1)
    expect(acceptHello(unpadded, null)).to.deep.equal({ kind: 'malformed' })
  })

  it('never accepts a hello with any bit changed', () => {
    const key = randomBytes(32)
    const { hello } = createClientWire({ key, sessionId, hello: listHello })
    for (let bit = 0; bit < 8 * 200; bit++) {
      expect(acceptHello(flipped(hello, bit), key).kind, `bit ${bit}`).to.not.equal('accepted')
    }
    expect(acceptHello(flipped(hello, 8 * 1_199), key).kind).to.equal('refused')
  })

  it('never accepts a hello cut short, and ignores what lies behind one', () => {
    const { hello } = createClientWire({ key: null, sessionId, hello: listHello })
    for (let length = 0; length < hello.length; length++) {
      expect(acceptHello(hello.subarray(0, length), null)).to.deep.equal({ kind: 'malformed' })
    }
    const { kind } = acceptHello(Buffer.concat([hello, hello]), null)
    expect(kind).to.equal('accepted')
  })

  it('counts its own hello repeated, and drops any other', () => {
    const key = randomBytes(32)
    const client = createClientWire({ key, sessionId, hello: listHello })
    const rival = createClientWire({ key, sessionId, hello: listHello })
    const server = accept(client.hello, key)
    const burst = server.read([Buffer.concat([client.hello, client.hello]), rival.hello], 0)
    expect(burst?.hellos).to.equal(2)
    expect(server.counters.unexpected).to.equal(1)
  })

  it('names what no server would take', () => {
    const create = (request: Request) => () =>
      createClientWire({ key: null, sessionId, hello: { request, introduction } })
    expect(create({ verb: 'get', path: 'p'.repeat(PATH_BYTES_MAX) })).to.not.throw()
    const path = 'p'.repeat(PATH_BYTES_MAX + 1)
    expect(failureOf(create({ verb: 'get', path }))).to.have.property('kind', 'badName')
  })

  it('has no keys before the welcome', () => {
    const client = createClientWire({ key: null, sessionId, hello: listHello })
    const server = accept(client.hello, null)
    for (const wire of [client, server]) {
      expect(failureOf(() => wire.sealControl({ kind: 'ping' }))).to.have.property(
        'kind',
        'protocolViolated',
      )
      expect(failureOf(() => wire.sealRecord(0, Buffer.alloc(1)))).to.not.equal(null)
    }
  })

  it('lets the router look without opening', () => {
    const { client, welcome } = meet()
    expect(peekSessionId(client.hello)).to.equal(client.sessionId)
    expect(peekSessionId(welcome.subarray(0, 11))).to.equal(client.sessionId)
    expect(peekSessionId(welcome.subarray(0, 10))).to.equal(null)
    expect([isHello(client.hello), isHello(welcome), isHello(Buffer.alloc(0))]).to.deep.equal([
      true,
      false,
      false,
    ])
  })
})
