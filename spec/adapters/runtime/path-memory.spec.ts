import { expect } from 'chai'
import { type SinonFakeTimers, useFakeTimers } from 'sinon'
import { PathMemory } from '../../../adapters/runtime/path-memory.ts'

const PATH = { rateBytesPerS: 1_000_000, rttMs: 50 }
const LAPSE_MS = 10 * 60_000

describe('the memory of paths', () => {
  let clock: SinonFakeTimers
  beforeEach(() => {
    clock = useFakeTimers({ toFake: ['Date'], now: 1_000_000 })
  })
  afterEach(() => clock.restore())

  it('gives what it knows of a host to one session, until it is told anew', () => {
    const memory = new PathMemory()
    expect(memory.take('sea')).to.equal(null)
    memory.remember('sea', PATH)
    expect(memory.take('river')).to.equal(null)
    expect(memory.take('sea')).to.deep.equal(PATH)
    expect(memory.take('sea')).to.equal(null)
  })

  it('knows nothing that is ten minutes old, or of tomorrow', () => {
    const memory = new PathMemory()
    memory.remember('sea', PATH)
    clock.tick(LAPSE_MS - 1)
    expect(memory.take('sea')).to.deep.equal(PATH)
    memory.remember('sea', PATH)
    clock.tick(LAPSE_MS)
    expect(memory.take('sea')).to.equal(null)
    memory.remember('sea', PATH)
    clock.setSystemTime(0)
    expect(memory.take('sea')).to.equal(null)
  })

  it('forgets first what was told first, beyond a thousand hosts', () => {
    const memory = new PathMemory()
    for (let i = 0; i <= 1_000; i += 1) memory.remember(`host ${i}`, PATH)
    expect(memory.told.size).to.equal(1_000)
    expect(memory.take('host 0')).to.equal(null)
    expect(memory.take('host 1')).to.deep.equal(PATH)
    expect(memory.take('host 1000')).to.deep.equal(PATH)
  })
})
