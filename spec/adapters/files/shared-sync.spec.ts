import { expect } from 'chai'
import sinon, { type SinonFakeTimers } from 'sinon'
import { syncTogether } from '../../../adapters/files/shared-sync.ts'

/** Syncs that end on the spec's word. */
class Syncs {
  readonly #ends: ((error?: Error) => void)[] = []

  get begun(): number {
    return this.#ends.length
  }

  readonly sync = () =>
    new Promise<void>((resolve, reject) => {
      this.#ends.push((error) => (error === undefined ? resolve() : reject(error)))
    })

  end(index: number, error?: Error): void {
    this.#ends[index]!(error)
  }
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

describe('shared sync', () => {
  let clock: SinonFakeTimers
  beforeEach(() => {
    clock = sinon.useFakeTimers({ toFake: ['setTimeout'] })
  })
  afterEach(async () => {
    clock.tick(5)
    await settled()
    sinon.restore()
  })

  it('serves all who ask while one is running by the one after it', async () => {
    const syncs = new Syncs()
    const done: string[] = []
    const ask = (name: string) => syncTogether('folder', syncs.sync).then(() => done.push(name))
    const all = [ask('first'), ask('second'), ask('third')]
    expect(syncs.begun).to.equal(1)
    clock.tick(5)
    syncs.end(0)
    await settled()
    expect(done).to.deep.equal(['first'])
    expect(syncs.begun).to.equal(2)
    all.push(ask('fourth'))
    clock.tick(5)
    syncs.end(1)
    await settled()
    expect(done).to.deep.equal(['first', 'second', 'third'])
    syncs.end(2)
    await Promise.all(all)
    expect(syncs.begun).to.equal(3)
  })

  it('lets more who ask share where each is over at once: they begin 5 ms apart', async () => {
    const syncs = new Syncs()
    const ask = () => syncTogether('folder', syncs.sync)
    const first = ask()
    syncs.end(0)
    await first
    clock.tick(4)
    await settled()
    const shared = [ask(), ask()]
    await settled()
    expect(syncs.begun).to.equal(1)
    clock.tick(1)
    await settled()
    expect(syncs.begun).to.equal(2)
    syncs.end(1)
    await Promise.all(shared)
    clock.tick(5)
    await settled()
    const last = ask()
    expect(syncs.begun, 'long after the one before').to.equal(3)
    syncs.end(2)
    await last
  })

  it('that fails is told to whom it was for, and to nobody else', async () => {
    const syncs = new Syncs()
    const ask = () => syncTogether('folder', syncs.sync).catch((error: Error) => error.message)
    const [first, second, third] = [ask(), ask(), ask()]
    syncs.end(0, new Error('one'))
    expect(await first).to.equal('one')
    clock.tick(5)
    await settled()
    syncs.end(1, new Error('two'))
    expect([await second, await third]).to.deep.equal(['two', 'two'])
    clock.tick(5)
    await settled()
    const last = ask()
    syncs.end(2)
    expect(await last).to.equal(undefined)
  })

  it('keeps one folder from waiting for another', () => {
    const syncs = new Syncs()
    void syncTogether('one', syncs.sync)
    void syncTogether('other', syncs.sync)
    expect(syncs.begun).to.equal(2)
    syncs.end(0)
    syncs.end(1)
  })
})
