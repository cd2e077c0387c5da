import { expect } from 'chai'
import { PeerAddress } from '../../../adapters/runtime/peer-address.ts'
import { AMPLIFICATION_MAX } from '../../../machines/limits.ts'

const here = { host: '192.0.2.2', port: 1 }
const there = { host: '192.0.2.2', port: 2 }
const elsewhere = { host: '192.0.2.3', port: 2 }
const BYTES = 44
const DATAGRAM = Buffer.alloc(64)

const ping = (number: number) => ({ kind: 'ping', number }) as const
const response = (number: number, token: Uint8Array) =>
  ({ kind: 'response', number, token }) as const

/** A proved peer that was heard up to control 5; the nth token it draws is eight times n. */
function proved() {
  let tokens = 0
  const peer = new PeerAddress(here, 0, () => new Uint8Array(8).fill(++tokens))
  peer.trust()
  peer.hear(ping(5), BYTES, here)
  const asked: { token: Uint8Array; port: number }[] = []
  const ask = (atMs = 0) => {
    let sealed: Uint8Array = new Uint8Array(0)
    const seal = (token: Uint8Array) => {
      sealed = token
      return DATAGRAM
    }
    peer.ask(atMs, seal, (_, { port }) => asked.push({ token: sealed, port }))
  }
  return { peer, asked, ask }
}

describe('a peer’s address', () => {
  it('moves once the token came back from there, and is proved then', () => {
    const { peer, asked, ask } = proved()
    expect(peer.hear(ping(6), BYTES, there)).to.equal('changed')
    ask(100)
    expect(peer.address).to.equal(here)
    expect(peer.hear(response(7, asked[0]!.token), BYTES, { ...there })).to.equal('proved')
    expect(peer.askedForMs(130)).to.equal(30)
    peer.take()
    expect(peer.address).to.deep.equal(there)
    expect(peer.allowanceBytes).to.equal(Number.POSITIVE_INFINITY)
  })

  it('is not doubted for an older control, or one from where it is', () => {
    const { peer } = proved()
    expect(peer.hear(ping(4), BYTES, there)).to.equal(null)
    expect(peer.hear(ping(6), BYTES, { ...here })).to.equal(null)
  })

  it('does not move for another token, nor from another place', () => {
    const { peer, asked, ask } = proved()
    peer.hear(ping(6), BYTES, there)
    ask()
    expect(peer.hear(response(7, new Uint8Array(8)), BYTES, there)).to.equal('changed')
    expect(peer.hear(response(8, asked[0]!.token), BYTES, elsewhere)).to.equal('changed')
    ask()
    expect(asked.map(({ port, token }) => [port, token[0]])).to.deep.equal([
      [there.port, 1],
      [elsewhere.port, 2],
    ])
  })

  it('stays when a newer control comes from the old address', () => {
    const { peer, asked, ask } = proved()
    peer.hear(ping(6), BYTES, there)
    ask()
    peer.hear(ping(7), BYTES, here)
    expect(peer.hear(response(8, asked[0]!.token), BYTES, there)).to.equal('changed')
    peer.hear(ping(9), BYTES, here)
    peer.take()
    expect(peer.address).to.equal(here)
  })

  it('is asked for with three times the bytes that came from there, and no more', () => {
    const { peer, asked, ask } = proved()
    peer.hear(ping(6), BYTES, there)
    for (let i = 0; i < 10; i++) ask()
    expect(asked).to.have.length(Math.floor((AMPLIFICATION_MAX * BYTES) / DATAGRAM.length))
    peer.onReceived(BYTES, there)
    peer.onReceived(1_200, elsewhere)
    for (let i = 0; i < 10; i++) ask()
    expect(asked).to.have.length(Math.floor((2 * AMPLIFICATION_MAX * BYTES) / DATAGRAM.length))
  })
})
