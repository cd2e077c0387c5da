import { expect } from 'chai'
import sinon from 'sinon'
import { type Aead, nodeAead } from '../../../adapters/wire/aead.ts'
import { warmingAead } from '../../../adapters/wire/warming-aead.ts'
import { SEAL_BYTES } from '../../../machines/limits.ts'

const KEY = Buffer.alloc(32, 1)
const NONCE = Buffer.alloc(12, 2)
const NOTHING = Buffer.alloc(0)
const HALF = 256 * 1024

describe('warmingAead', () => {
  const faster = { seal: sinon.spy(nodeAead.seal), open: sinon.spy(nodeAead.open) }

  beforeEach(() => {
    faster.seal.resetHistory()
    faster.open.resetHistory()
  })

  const seal = (aead: Aead, bytes: number): Buffer => {
    const into = Buffer.alloc(bytes + SEAL_BYTES)
    aead.seal(KEY, NONCE, NOTHING, Buffer.alloc(bytes, 'x'), into)
    return into
  }
  const open = (aead: Aead, sealed: Buffer): boolean =>
    aead.open(KEY, NONCE, NOTHING, sealed, Buffer.alloc(sealed.length - SEAL_BYTES))

  it('loads nothing for little, and what is faster from 512 KiB on, sealed and opened', async () => {
    const load = sinon.fake.resolves(faster)
    const aead = warmingAead(load)
    const sealed = seal(aead, HALF)
    expect(open(aead, seal(aead, HALF - 1).fill(0, 0, 1))).to.equal(false)
    sinon.assert.calledOnce(load)
    sinon.assert.notCalled(faster.seal)
    await load.firstCall.returnValue
    expect(open(aead, sealed)).to.equal(true)
    sinon.assert.calledOnce(faster.open)
    seal(aead, HALF)
    sinon.assert.calledOnce(faster.seal)
    sinon.assert.calledOnce(load)
  })

  it('is content with a byte less', () => {
    const load = sinon.fake.resolves(faster)
    const aead = warmingAead(load)
    open(aead, seal(aead, HALF - 1))
    sinon.assert.notCalled(load)
    seal(aead, 1)
    sinon.assert.notCalled(load)
    seal(aead, 1)
    sinon.assert.calledOnce(load)
  })

  it('goes on as it is where there is nothing faster', async () => {
    const load = sinon.fake.resolves(null)
    const aead = warmingAead(load)
    seal(aead, 2 * HALF)
    await load.firstCall.returnValue
    expect(open(aead, seal(aead, 10))).to.equal(true)
    sinon.assert.calledOnce(load)
  })
})
