import { expect } from 'chai'
import { type Libc, loadLibc } from '../../../adapters/udp/libc.ts'
import { addressOf, socketAddress } from '../../../adapters/udp/socket-address.ts'

describe('a socket address', () => {
  let libc: Libc

  before(async function () {
    const loaded = await loadLibc()
    if (loaded === null) return this.skip()
    libc = loaded
  })

  for (const host of ['127.0.0.1', '255.255.255.255', '::1', '2001:db8::1', '::ffff:10.77.0.1']) {
    it(`is ${host} again once read`, () => {
      for (const port of [1, 5005, 65_535]) {
        const bytes = Buffer.from(socketAddress(libc, { host, port })!)
        expect(addressOf(libc, bytes)).to.deep.equal({ host, port })
      }
    })
  }

  it('keeps the zone of a link-local address, and no other', () => {
    const read = (host: string) => {
      const bytes = Buffer.from(socketAddress(libc, { host, port: 5005 })!)
      return addressOf(libc, bytes)?.host
    }
    expect(read('fe80::1%lo')).to.equal('fe80::1%lo')
    expect(read('fe80::1%1'), 'by its number').to.equal('fe80::1%lo')
    expect(read('febf::1%lo')).to.equal('febf::1%lo')
    expect(read('fec0::1%lo')).to.equal('fec0::1')
    expect(read('fe80::1')).to.equal('fe80::1')
    expect(read('fe80::1%4294967295'), 'an interface that is not there').to.equal('fe80::1')
  })

  it('is null for what is no literal, and for another family', () => {
    expect(socketAddress(libc, { host: 'localhost', port: 1 })).to.equal(null)
    expect(addressOf(libc, Buffer.alloc(28))).to.equal(null)
  })
})
