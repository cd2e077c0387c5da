import { setImmediate } from 'node:timers/promises'
import { expect } from 'chai'
import sinon, { type SinonFakeTimers } from 'sinon'
import { AtOnce } from '../../../adapters/files/quick.ts'

describe('disk calls made at once', () => {
  let clock: SinonFakeTimers
  let disk: AtOnce
  beforeEach(() => {
    clock = sinon.useFakeTimers({ toFake: ['performance'] })
    disk = new AtOnce()
  })
  afterEach(() => sinon.restore())

  /** Whether a call that takes so long is made at once. */
  async function isAtOnce(tookMs: number): Promise<boolean> {
    const atOnce = () => {
      clock.tick(tookMs)
      return true
    }
    return disk.run(atOnce, async () => false)
  }

  it('asks at once for 2 ms of a turn, then in the next turns, first come first', async () => {
    const done: number[] = []
    const calls = Array.from({ length: 5 }, async (_, i) => {
      expect(await isAtOnce(1)).to.equal(true)
      done.push(i)
    })
    for (const byNow of [2, 4, 5]) {
      for (let i = 0; i < 10; i += 1) await Promise.resolve()
      expect(done).to.deep.equal([0, 1, 2, 3, 4].slice(0, byNow))
      await setImmediate()
    }
    await Promise.all(calls)
  })

  it('rests nine times as long as a call over 2 ms took', async () => {
    expect(await isAtOnce(3)).to.equal(true)
    await setImmediate()
    clock.tick(26)
    expect(await isAtOnce(1)).to.equal(false)
    clock.tick(1)
    expect(await isAtOnce(1)).to.equal(true)
  })

  it('does not rest after one that took just 2 ms', async () => {
    expect(await isAtOnce(2)).to.equal(true)
    await setImmediate()
    expect(await isAtOnce(1)).to.equal(true)
  })

  it('counts the time of a call that failed, and tells of the failure', async () => {
    const failing = disk.run<void>(
      () => {
        clock.tick(2)
        throw new Error('EIO')
      },
      async () => {},
    )
    const error: unknown = await failing.catch((reason: unknown) => reason)
    expect(error).to.have.property('message', 'EIO')
    let isDone = false
    const next = isAtOnce(1).then(() => {
      isDone = true
    })
    for (let i = 0; i < 10; i += 1) await Promise.resolve()
    expect(isDone).to.equal(false)
    await next
  })
})
