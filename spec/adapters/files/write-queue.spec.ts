import type { FileHandle } from 'node:fs/promises'
import { expect } from 'chai'
import sinon from 'sinon'
import { WriteQueue } from '../../../adapters/files/write-queue.ts'
import { RECORD_BYTES, WRITE_BATCH_BYTES } from '../../../machines/limits.ts'

/** How long a round that is not full waits. */
const GATHER_MS = 10
const BATCH_RECORDS = Math.floor(WRITE_BATCH_BYTES / RECORD_BYTES)

describe('write queue', () => {
  let clock: sinon.SinonFakeTimers
  let queue: WriteQueue
  /** Each write as its first record and how many there were. */
  let writes: [first: number, records: number][]
  beforeEach(() => {
    clock = sinon.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    writes = []
    const handle = {
      writev: async (slices: readonly Buffer[], position: number) => {
        writes.push([position / RECORD_BYTES, slices.length])
        return { bytesWritten: slices.length * RECORD_BYTES }
      },
    }
    queue = new WriteQueue(handle as unknown as FileHandle)
  })
  afterEach(() => clock.restore())

  function write(first: number, count = 1): Promise<unknown> {
    const records = Array.from({ length: count }, (_, i) => first + i)
    const bytes = Buffer.alloc(RECORD_BYTES)
    return Promise.all(records.map((record) => queue.write(record * RECORD_BYTES, bytes)))
  }

  it('writes what comes first at the end of the turn', async () => {
    await Promise.all([write(1), write(0)])
    expect(writes).to.deep.equal([[0, 2]])
    expect(clock.now).to.equal(0)
  })

  it('gathers what comes after that, by time', async () => {
    await write(0)
    const rest = Promise.all([write(1), write(2)])
    await clock.tickAsync(GATHER_MS - 1)
    expect(writes).to.have.length(1)
    const late = write(3)
    await clock.tickAsync(1)
    await Promise.all([rest, late])
    expect(writes).to.deep.equal([
      [0, 1],
      [1, 3],
    ])
  })

  it('gathers no more than a batch, on both sides of it', async () => {
    await write(0)
    const almost = write(1, BATCH_RECORDS)
    await clock.tickAsync(GATHER_MS - 1)
    expect(writes).to.have.length(1)
    const full = write(1 + BATCH_RECORDS)
    await Promise.all([almost, full])
    expect(clock.now).to.equal(GATHER_MS - 1)
    expect(writes).to.deep.equal([
      [0, 1],
      [1, BATCH_RECORDS],
      [1 + BATCH_RECORDS, 1],
    ])
  })

  it('writes all that waited in one round, whatever lies between', async () => {
    await write(0)
    const scattered = Promise.all([write(6), write(4), write(2), write(3)])
    await clock.tickAsync(GATHER_MS)
    await scattered
    expect(writes.slice(1)).to.deep.equal([
      [2, 3],
      [6, 1],
    ])
  })

  it('waits for no company when in a hurry, nor when it is to be idle', async () => {
    await write(0)
    for (const urge of ['hurry', 'idle'] as const) {
      const rest = write(1)
      await clock.tickAsync(1)
      await queue[urge]()
      await rest
    }
    expect(clock.now).to.equal(2)
    const patient = write(2)
    await clock.tickAsync(GATHER_MS - 1)
    const count = writes.length
    await clock.tickAsync(1)
    await patient
    expect(writes.length).to.equal(count + 1)
  })

  it('leaves no timer behind', async () => {
    await write(0)
    await Promise.all([write(1), queue.idle()])
    expect(clock.countTimers()).to.equal(0)
  })
})
