import { expect } from 'chai'
import {
  TURNS_CUT_SHARE,
  TURNS_GROW_SHARE,
  TURNS_INITIAL,
  TURNS_MIN,
  WINDOW_RECORDS,
} from '../../machines/limits.ts'
import { Admission } from '../../machines/server/admission.ts'

/** A server's admission, and what its sessions are told. */
class Queue {
  readonly admission = new Admission()
  readonly admitted: number[] = []
  readonly #sessions: object[] = []

  /** Session `n`, which is the same object each time. */
  session(n: number): object {
    this.#sessions[n] ??= {}
    return this.#sessions[n]
  }

  /** Begins sessions from … to − 1, and has those wait that may not begin. */
  arrive(from: number, to: number): void {
    for (let n = from; n < to; n += 1) {
      const session = this.session(n)
      if (this.admission.take(session) > 0) continue
      this.admission.wait(session, (windowRecords) => {
        expect(windowRecords).to.be.above(0)
        this.admitted.push(n)
      })
    }
  }

  end(n: number, lostShare: number): void {
    this.admission.endTurn(this.session(n), lostShare)
  }
}

const SOME_LOSS = (TURNS_GROW_SHARE + TURNS_CUT_SHARE) / 2

describe('Admission', () => {
  let queue: Queue
  beforeEach(() => {
    queue = new Queue()
  })

  it('lets a few begin, with a window each, and no more', () => {
    const windows = Array.from({ length: TURNS_INITIAL }, () => queue.admission.take({}))
    expect(windows[0]).to.equal(WINDOW_RECORDS)
    expect(Math.min(...windows)).to.be.above(0)
    expect(queue.admission.take({})).to.equal(0)
  })

  it('lets those begin at any time that move no file', () => {
    queue.arrive(0, TURNS_INITIAL)
    expect(queue.admission.grant({})).to.be.above(0)
  })

  it('gives a turn that is over to who waits longest, once', () => {
    queue.arrive(0, TURNS_INITIAL + 3)
    expect(queue.admitted).to.deep.equal([])
    queue.end(5, SOME_LOSS)
    queue.end(5, SOME_LOSS)
    expect(queue.admitted).to.deep.equal([TURNS_INITIAL])
    queue.end(0, SOME_LOSS)
    expect(queue.admitted).to.deep.equal([TURNS_INITIAL, TURNS_INITIAL + 1])
  })

  it('passes over who left while it waited, and takes up the turn of who leaves', () => {
    queue.arrive(0, TURNS_INITIAL + 3)
    queue.admission.leave(queue.session(TURNS_INITIAL))
    queue.admission.leave(queue.session(0))
    expect(queue.admitted).to.deep.equal([TURNS_INITIAL + 1])
  })

  it('takes back the window of who leaves', () => {
    const first = queue.admission.take(queue.session(0))
    queue.admission.leave(queue.session(0))
    expect(queue.admission.take(queue.session(1))).to.equal(first)
  })

  it('lets twice as many begin where nothing is lost and others wait', () => {
    queue.arrive(0, 1_000)
    for (let n = 0; n < TURNS_INITIAL; n += 1) queue.end(n, TURNS_GROW_SHARE)
    expect(queue.admitted).to.have.length(2 * TURNS_INITIAL)
  })

  it('lets no more begin than began where some is lost, or nobody waits', () => {
    queue.arrive(0, 1_000)
    for (let n = 0; n < TURNS_INITIAL; n += 1) queue.end(n, SOME_LOSS)
    expect(queue.admitted).to.have.length(TURNS_INITIAL)

    queue = new Queue()
    queue.arrive(0, TURNS_INITIAL)
    for (let n = 0; n < TURNS_INITIAL; n += 1) queue.end(n, 0)
    queue.arrive(TURNS_INITIAL, 1_000)
    expect(queue.admitted).to.deep.equal([])
  })

  it('lets half as many begin once those that began together lost too much', () => {
    queue.arrive(0, 1_000)
    for (let n = 0; n < TURNS_INITIAL; n += 1) queue.end(n, TURNS_CUT_SHARE + 0.01)
    expect(queue.admitted).to.have.length(TURNS_INITIAL / 2)
  })

  it('lets a few begin however much is lost', () => {
    queue.arrive(0, 1_000)
    for (let n = 0; n < 500; n += 1) queue.end(n, 1)
    const ended = queue.admitted.filter((n) => n < 500).length + TURNS_INITIAL
    expect(queue.admitted.length + TURNS_INITIAL - ended).to.equal(TURNS_MIN)
  })

  it('lets hardly more than one more begin with each generation after that', () => {
    queue.arrive(0, 1_000)
    for (let n = 0; n < TURNS_INITIAL; n += 1) queue.end(n, 1)
    let begun = 0
    for (let generation = 0; generation < 4; generation += 1) {
      const beginning = queue.admitted.slice(begun)
      begun = queue.admitted.length
      for (const n of beginning) queue.end(n, 0)
    }
    const more = queue.admitted.length - begun - TURNS_INITIAL / 2
    expect(more).to.be.within(3, 5)
  })
})
