import { expect } from 'chai'
import { setup } from 'xstate'
import { type ChartTransition, chartOf } from '../../diagrams/chart.ts'
import { door, example } from './machines.ts'

describe('chartOf', () => {
  it('lists the states of a machine with all they do by themselves', () => {
    const nothing = { tags: [], entry: [], exit: [], invokes: [], initial: null }
    expect(chartOf(door).states).to.deep.equal([
      {
        ...nothing,
        id: '',
        name: 'door',
        parent: null,
        depth: 0,
        kind: 'compound',
        initial: 'closed',
      },
      {
        ...nothing,
        id: 'closed',
        name: 'closed',
        parent: '',
        depth: 1,
        kind: 'atomic',
        tags: ['patient'],
      },
      {
        id: 'open',
        name: 'open',
        parent: '',
        depth: 1,
        kind: 'compound',
        initial: 'open.ajar',
        tags: [],
        entry: ['knock(times 3)'],
        exit: ['creak'],
        invokes: [{ id: 'watch', source: 'watch' }],
      },
      { ...nothing, id: 'open.ajar', name: 'ajar', parent: 'open', depth: 2, kind: 'atomic' },
      { ...nothing, id: 'open.wide', name: 'wide', parent: 'open', depth: 2, kind: 'atomic' },
      { ...nothing, id: 'gone', name: 'gone', parent: '', depth: 1, kind: 'final' },
    ])
  })

  it('lists its transitions in the order in which they are tried', () => {
    const rest: Omit<ChartTransition, 'id' | 'source' | 'targets' | 'event'> = {
      origin: 'program',
      alternative: 1,
      alternatives: 1,
      guard: null,
      actions: [],
      reenter: false,
    }
    expect(chartOf(door).transitions).to.deep.equal([
      { ...rest, id: 'root--burn', source: '', targets: ['gone'], event: 'burn' },
      {
        ...rest,
        id: 'closed--push',
        source: 'closed',
        targets: ['open'],
        event: 'push',
        guard: 'key < "2" & fits',
        actions: ['creak'],
        alternatives: 2,
      },
      {
        ...rest,
        id: 'closed--push--2',
        source: 'closed',
        targets: [],
        event: 'push',
        actions: ['creak'],
        alternative: 2,
        alternatives: 2,
      },
      {
        ...rest,
        id: 'closed--*',
        source: 'closed',
        targets: ['closed'],
        event: '*',
        reenter: true,
      },
      { ...rest, id: 'open--turn', source: 'open', targets: ['open.wide'], event: 'turn' },
      {
        ...rest,
        id: 'open--done-watch',
        source: 'open',
        targets: ['closed'],
        event: 'done(watch)',
      },
      {
        ...rest,
        id: 'open--after-openMsMax',
        source: 'open',
        targets: ['closed'],
        event: 'after openMsMax',
        origin: 'time',
      },
      {
        ...rest,
        id: 'open.ajar--always',
        source: 'open.ajar',
        targets: ['open.wide'],
        event: 'always',
        guard: 'not (key < "2" & fits)',
      },
    ])
  })

  it('gives every transition an id of its own', () => {
    const ids = chartOf(example).transitions.map(({ id }) => id)
    expect(ids).to.have.length.above(20)
    expect(new Set(ids)).to.have.property('size', ids.length)
  })

  it('tells from its name where an event comes from', () => {
    const { transitions } = chartOf(example)
    const origins = Object.fromEntries(transitions.map(({ event, origin }) => [event, origin]))
    expect(origins).to.deep.include({
      burst: 'peer',
      cancel: 'command',
      recordsSealed: 'disk',
      'after idleMsMax': 'time',
      timeout: 'time',
      'done(transfer)': 'program',
    })
  })

  it('names what XState names for itself', () => {
    const machine = setup({ types: {} as { events: { type: string } } }).createMachine({
      id: 'odd',
      initial: 'a',
      states: {
        a: {
          after: { 500: 'b' },
          initial: 'c',
          states: { c: { type: 'final' } },
          onDone: 'b',
        },
        b: { on: { go: { actions: () => {} } } },
      },
    })
    const { transitions } = chartOf({ ...door, machine })
    expect(transitions.map(({ event, actions }) => [event, ...actions])).to.deep.equal([
      ['done(a)'],
      ['after 500 ms'],
      ['go', 'actions'],
    ])
  })
})
