import { expect } from 'chai'
import { Subject } from 'rxjs'
import sinon from 'sinon'
import { createActor, fromEventObservable, fromPromise } from 'xstate'
import type { SessionEvent } from '../../machines/events.ts'
import { sessionMachine } from '../../machines/index.ts'
import { PROOF_MS_MAX, QUEUED_REPEAT_MS, TURN_MS } from '../../machines/limits.ts'
import type { Answer } from '../../machines/messages.ts'
import * as ev from '../support/events.ts'

const ports = { link: {}, wire: {}, folder: {} }
const hello = {
  request: { verb: 'get', path: ev.entry.path },
  introduction: ev.introduction,
} as const
const input = { ports, hello, datagramBytes: 1_200, known: null, sizeFixed: false, atMs: ev.AT_MS }

describe('a session at a server that has others begin first', () => {
  let clock: sinon.SinonFakeTimers
  let endTurn: sinon.SinonSpy
  let stream: Subject<SessionEvent>

  beforeEach(() => {
    clock = sinon.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] })
    endTurn = sinon.spy()
    stream = new Subject()
  })

  afterEach(() => clock.restore())

  const start = (look: () => Promise<Answer>, introduction: typeof ev.introduction) => {
    const quiet = Object.fromEntries(
      ['sendWelcome', 'trustAddress', 'supersede', 'joinQueue', 'sendQueued'].map((name) => [
        name,
        () => {},
      ]),
    )
    const machine = sessionMachine.provide({
      actors: {
        session: fromEventObservable(() => stream),
        look: fromPromise(look),
      },
      actions: { ...quiet, endTurn },
    })
    return createActor(machine, { input: { ...input, introduction } }).start()
  }

  /** Waits for its turn, having asked at 0 ms. */
  const waiting = async () => {
    const actor = start(async () => ({ kind: 'sending', entry: ev.entry }), ev.windowless)
    await clock.tickAsync(0)
    ask()
    expect(actor.getSnapshot().value).to.deep.equal({ admitting: 'queued' })
    return actor
  }
  const ask = () => stream.next(ev.burst({ controls: [ev.ping()] }))

  it('waits as long as its client asks', async () => {
    const actor = await waiting()
    for (let askedMs = 0; askedMs < 10 * PROOF_MS_MAX; askedMs += QUEUED_REPEAT_MS) {
      await clock.tickAsync(QUEUED_REPEAT_MS)
      ask()
    }
    expect(actor.getSnapshot().status).to.equal('active')
    actor.stop()
  })

  it('is over once its client has not asked for 10 s, and not before', async () => {
    const actor = await waiting()
    await clock.tickAsync(PROOF_MS_MAX - 1)
    expect(actor.getSnapshot().status).to.equal('active')
    await clock.tickAsync(1)
    const failure = { kind: 'noAnswer', waitedMs: PROOF_MS_MAX }
    expect(actor.getSnapshot().output).to.deep.equal({ failed: failure })
  })

  it('has no longer than a turn where the disk keeps it from beginning', async () => {
    const actor = start(() => new Promise(() => {}), ev.introduction)
    await clock.tickAsync(TURN_MS - 1)
    expect(endTurn.callCount).to.equal(0)
    await clock.tickAsync(1)
    expect(endTurn.callCount).to.equal(1)
    actor.stop()
  })
})
