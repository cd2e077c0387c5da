import { randomBytes } from 'node:crypto'
import { expect } from 'chai'
import { type Aead, nodeAead } from '../../../adapters/wire/aead.ts'
import { loadOpenSsl } from '../../../adapters/wire/openssl.ts'
import { RECORD_BYTES, SEAL_BYTES } from '../../../machines/limits.ts'

const KEY = randomBytes(32)
const OTHER_KEY = randomBytes(32)
const NOTHING = Buffer.alloc(0)
const SIZES = [0, 1, 15, 16, 17, 1_400, RECORD_BYTES - 1, RECORD_BYTES]

function nonceOf(number: number): Buffer {
  const nonce = Buffer.alloc(12)
  nonce.writeUInt32BE(number, 8)
  return nonce
}

function sealed(aead: Aead, number: number, header: Uint8Array, plain: Uint8Array): Buffer {
  // In the middle of a larger buffer, as a record in its slab: nothing beside it may change.
  const slab = Buffer.alloc(plain.length + SEAL_BYTES + 64, 0xee)
  const into = slab.subarray(32, 32 + plain.length + SEAL_BYTES)
  aead.seal(KEY, nonceOf(number), header, plain, into)
  expect(slab.subarray(0, 32)).to.deep.equal(Buffer.alloc(32, 0xee))
  expect(slab.subarray(-32)).to.deep.equal(Buffer.alloc(32, 0xee))
  return into
}

function opened(
  aead: Aead,
  number: number,
  header: Uint8Array,
  bytes: Uint8Array,
  key = KEY,
): Buffer | null {
  const slab = Buffer.alloc(bytes.length - SEAL_BYTES + 64, 0xee)
  const into = slab.subarray(32, 32 + bytes.length - SEAL_BYTES)
  const isOpened = aead.open(key, nonceOf(number), header, bytes, into)
  expect(slab.subarray(0, 32)).to.deep.equal(Buffer.alloc(32, 0xee))
  expect(slab.subarray(-32)).to.deep.equal(Buffer.alloc(32, 0xee))
  return isOpened ? into : null
}

describe('sealing', () => {
  let openSsl: Aead

  before(async function () {
    const loaded = await loadOpenSsl()
    if (loaded === null) return this.skip()
    openSsl = loaded
  })

  const both = () => [
    [nodeAead, openSsl],
    [openSsl, nodeAead],
    [openSsl, openSsl],
  ]

  it('is the same by node:crypto and by OpenSSL itself, at every size', () => {
    for (const header of [NOTHING, randomBytes(17)]) {
      for (const [i, size] of SIZES.entries()) {
        const plain = randomBytes(size)
        expect(sealed(openSsl, i, header, plain)).to.deep.equal(sealed(nodeAead, i, header, plain))
      }
    }
  })

  it('opens what the other sealed', () => {
    for (const [from, to] of both()) {
      for (const [i, size] of SIZES.entries()) {
        const plain = randomBytes(size)
        const header = randomBytes(i)
        expect(opened(to!, i, header, sealed(from!, i, header, plain))).to.deep.equal(plain)
      }
    }
  })

  it('opens nothing of which a bit, the header, the nonce or the key is another', () => {
    const header = randomBytes(17)
    const plain = randomBytes(40)
    for (const aead of [nodeAead, openSsl]) {
      const bytes = sealed(aead, 7, header, plain)
      for (let bit = 0; bit < 8 * bytes.length; bit += 1) {
        const flipped = Buffer.from(bytes)
        flipped[bit >> 3]! ^= 1 << (bit & 7)
        expect(opened(aead, 7, header, flipped), `bit ${bit}`).to.equal(null)
      }
      expect(opened(aead, 7, randomBytes(17), bytes)).to.equal(null)
      expect(opened(aead, 7, NOTHING, bytes)).to.equal(null)
      expect(opened(aead, 8, header, bytes)).to.equal(null)
      expect(opened(aead, 7, header, bytes, OTHER_KEY)).to.equal(null)
      expect(opened(aead, 7, header, bytes), 'after all that').to.deep.equal(plain)
    }
  })

  it('never hands OpenSSL a buffer, key or nonce of another length', () => {
    const plain = randomBytes(40)
    const nonce = nonceOf(1)
    for (const wrong of [-1, 1]) {
      const into = Buffer.alloc(plain.length + SEAL_BYTES + wrong)
      expect(() => openSsl.seal(KEY, nonce, NOTHING, plain, into)).to.throw(RangeError)
      const room = Buffer.alloc(plain.length - SEAL_BYTES + wrong)
      expect(() => openSsl.open(KEY, nonce, NOTHING, plain, room)).to.throw(RangeError)
    }
    const into = Buffer.alloc(plain.length + SEAL_BYTES)
    for (const key of [KEY.subarray(1), randomBytes(33)]) {
      expect(() => openSsl.seal(key, nonce, NOTHING, plain, into)).to.throw(RangeError)
    }
    for (const short of [nonce.subarray(1), randomBytes(13)]) {
      expect(() => openSsl.seal(KEY, short, NOTHING, plain, into)).to.throw(RangeError)
    }
  })
})
