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

  it('asks at once for 2 ms of a turn, then the pool until the next turn', async () => {
    expect([await isAtOnce(1), await isAtOnce(1), await isAtOnce(1)]).to.eql([true, true, false])
    await setImmediate()
    expect(await isAtOnce(1)).to.equal(true)
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
    expect(await isAtOnce(1)).to.equal(false)
  })
})
