import { expect } from 'chai'
import { type ActorRefFrom, createActor, fromPromise } from 'xstate'
import type { Failure } from '../../machines/failures.ts'
import {
  type CommandInput,
  type CommandResult,
  type MenuEvent,
  type MenuInput,
  menuMachine,
} from '../../machines/menu.ts'

const path = 'a.txt'
const put: MenuEvent = { type: 'command', command: { verb: 'put', path } }
const exit: MenuEvent = { type: 'command', command: { verb: 'exit' } }
const help: MenuEvent = { type: 'help' }
const stats: MenuEvent = { type: 'stats' }
const notUnderstood: MenuEvent = { type: 'notUnderstood', why: 'no such command' }
const yes: MenuEvent = { type: 'answer', yes: true }
const no: MenuEvent = { type: 'answer', yes: false }
const interrupt: MenuEvent = { type: 'interrupt' }
const quit: MenuEvent = { type: 'quit' }
const exists: Failure = { kind: 'exists', path: 'received_a.txt' }
const noAnswer: Failure = { kind: 'noAnswer', waitedMs: 10_000 }

/** The menu with everything around it noted: what it did, and commands ended by hand. */
class Bench {
  readonly did: string[] = []
  readonly inputs: CommandInput[] = []
  readonly actor: ActorRefFrom<typeof menuMachine>
  readonly #commands: PromiseWithResolvers<CommandResult>[] = []
  #closing: PromiseWithResolvers<void> | null = null
  aborted = 0

  constructor(input: Partial<MenuInput> = {}) {
    const did = (name: string) => () => void this.did.push(name)
    const machine = menuMachine.provide({
      actors: {
        command: fromPromise<CommandResult, CommandInput>((asked) => {
          this.inputs.push(asked.input)
          asked.signal.addEventListener('abort', () => this.aborted++)
          const ending = withResolvers<CommandResult>()
          this.#commands.push(ending)
          return ending.promise
        }),
        closing: fromPromise<void>(() => {
          this.#closing = withResolvers<void>()
          return this.#closing.promise
        }),
      },
      actions: {
        prompt: did('prompt'),
        ask: ({ context }) => void this.did.push(`ask ${context.conflict}`),
        cancelCommand: did('cancel'),
        sayResult: (_, result) => void this.did.push(`say ${result?.kind ?? 'done'}`),
        sayUnexpected: did('say unexpected'),
        sayNotUnderstood: (_, why) => void this.did.push(`say ${why}`),
        sayHelp: did('help'),
        sayStats: did('stats'),
        sayHowToLeave: did('say how to leave'),
      },
    })
    const whole = { terminal: true, replace: false, ...input }
    this.actor = createActor(machine, { input: whole }).start()
  }

  send(...events: readonly MenuEvent[]): this {
    for (const event of events) this.actor.send(event)
    return this
  }

  async end(result: CommandResult): Promise<this> {
    this.#commands.at(-1)!.resolve(result)
    return this.#settled()
  }

  async fail(error: Error): Promise<this> {
    this.#commands.at(-1)!.reject(error)
    return this.#settled()
  }

  async close(): Promise<this> {
    this.#closing!.resolve()
    return this.#settled()
  }

  get state(): string {
    return this.actor.getSnapshot().value
  }

  async #settled(): Promise<this> {
    for (let turn = 0; turn < 5; turn++) await Promise.resolve()
    return this
  }
}

interface PromiseWithResolvers<Value> {
  readonly promise: Promise<Value>
  readonly resolve: (value: Value) => void
  readonly reject: (error: Error) => void
}

function withResolvers<Value>(): PromiseWithResolvers<Value> {
  let resolve!: (value: Value) => void
  let reject!: (error: Error) => void
  const promise = new Promise<Value>((onValue, onError) => {
    resolve = onValue
    reject = onError
  })
  return { promise, resolve, reject }
}

const arrange: Readonly<Record<string, () => Promise<Bench>>> = {
  prompting: async () => new Bench(),
  running: async () => new Bench().send(put),
  confirming: () => new Bench().send(put).end(exists),
  leaving: async () => new Bench().send(quit),
  left: () => new Bench().send(quit).close(),
}

const events = { put, help, stats, notUnderstood, yes, no, interrupt, quit }
const nothing = { put: '', help: '', stats: '', notUnderstood: '', yes: '', no: '' }

// What follows from each event in each state; '' is nothing at all.
const table: Readonly<Record<string, Readonly<Record<keyof typeof events, string>>>> = {
  prompting: {
    put: 'running',
    help: 'prompting: help, prompt',
    stats: 'prompting: stats, prompt',
    notUnderstood: 'prompting: say no such command, prompt',
    yes: '',
    no: '',
    interrupt: 'prompting: say how to leave',
    quit: 'leaving',
  },
  running: { ...nothing, interrupt: 'running: cancel', quit: 'leaving: cancel' },
  confirming: {
    ...nothing,
    yes: 'running',
    no: 'prompting: prompt',
    interrupt: 'prompting: prompt',
    quit: 'leaving',
  },
  leaving: { ...nothing, interrupt: 'left', quit: '' },
  left: { ...nothing, interrupt: '', quit: '' },
}

describe('menu', () => {
  for (const [state, row] of Object.entries(table)) {
    for (const [name, event] of Object.entries(events)) {
      const expected = row[name as keyof typeof events]
      it(`${state}, ${name}: ${expected || 'nothing'}`, async () => {
        const bench = await arrange[state]!()
        expect(bench.state).to.equal(state)
        bench.did.length = 0
        bench.send(event)
        const did = bench.did.join(', ')
        expect(did ? `${bench.state}: ${did}` : bench.state).to.equal(expected || state)
      })
    }
  }

  it('prompts first, and again after a command', async () => {
    const bench = new Bench()
    expect(bench.did).to.deep.equal(['prompt'])
    await bench.send(put).end(null)
    expect(bench.did).to.deep.equal(['prompt', 'say done', 'prompt'])
    expect(bench.inputs).to.deep.equal([{ command: { verb: 'put', path }, replace: false }])
  })

  it('says why a command failed, and goes on', async () => {
    const bench = await new Bench().send(put).end(noAnswer)
    expect(bench.state).to.equal('prompting')
    expect(bench.did).to.include('say noAnswer')
  })

  it('survives a command that breaks', async () => {
    const bench = await new Bench({ terminal: false }).send(put).fail(new Error('a mistake'))
    expect(bench.did).to.deep.equal(['prompt', 'say unexpected', 'prompt'])
    bench.send(quit)
    await bench.close()
    expect(bench.actor.getSnapshot().output).to.deep.equal({ firstFailed: 'unexpected' })
  })

  it('leaves once the server has ended, not when it would not', async () => {
    const bench = await new Bench().send(exit).end({ kind: 'exitNotAllowed' })
    expect(bench.state).to.equal('prompting')
    await bench.send(exit).end(null)
    expect(bench.state).to.equal('leaving')
  })

  it('asks about what is in the way, and replaces that alone', async () => {
    const bench = await new Bench().send(put).end(exists)
    expect(bench.did.at(-1)).to.equal('ask received_a.txt')
    await bench.send(yes).end(null)
    await bench.send(put).end(null)
    expect(bench.inputs.map(({ replace }) => replace)).to.deep.equal([false, true, false])
  })

  it('always replaces when told so beforehand', () => {
    expect(new Bench({ replace: true }).send(put).inputs[0]!.replace).to.equal(true)
  })

  it('never asks a pipe, and keeps its first failure', async () => {
    const bench = await new Bench({ terminal: false }).send(put).end(exists)
    expect(bench.state).to.equal('prompting')
    await bench.send(put).end(noAnswer)
    await bench.send(notUnderstood, quit).close()
    expect(bench.actor.getSnapshot().output).to.deep.equal({ firstFailed: exists })
  })

  it('keeps a line that a pipe got wrong', async () => {
    const bench = await new Bench({ terminal: false }).send(notUnderstood, quit).close()
    expect(bench.actor.getSnapshot().output).to.deep.equal({ firstFailed: 'notUnderstood' })
  })

  it('holds no failure against a person', async () => {
    const bench = await new Bench().send(put).end(noAnswer)
    await bench.send(notUnderstood, quit).close()
    expect(bench.actor.getSnapshot().output).to.deep.equal({ firstFailed: null })
  })

  it('leaves on the second Ctrl-C in a row at the prompt only', () => {
    expect(new Bench().send(interrupt, help, interrupt).state).to.equal('prompting')
    expect(new Bench().send(interrupt, notUnderstood, interrupt).state).to.equal('prompting')
    expect(new Bench().send(interrupt, interrupt).state).to.equal('leaving')
  })

  it('cancels with the first Ctrl-C, and waits no longer with the second', async () => {
    const bench = new Bench().send(put, interrupt)
    expect([bench.state, bench.aborted]).to.deep.equal(['running', 0])
    bench.send(interrupt)
    expect([bench.state, bench.aborted]).to.deep.equal(['prompting', 1])
    bench.send(interrupt)
    expect(bench.state).to.equal('prompting')
  })

  it('waits for a person or for work wherever it waits', async () => {
    for (const state of ['prompting', 'running', 'confirming', 'leaving']) {
      const bench = await arrange[state]!()
      expect(bench.actor.getSnapshot().hasTag('patient'), state).to.equal(true)
    }
  })

  it('throws for what nobody provided', () => {
    const actor = createActor(menuMachine, { input: { terminal: true, replace: false } })
    const errors: unknown[] = []
    actor.subscribe({ error: (error) => errors.push(error) })
    actor.start()
    expect(errors.map(String)).to.have.length(1)
    expect(String(errors[0])).to.match(/"prompt" was not provided/)
  })
})
