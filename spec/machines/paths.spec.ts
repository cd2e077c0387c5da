import { expect } from 'chai'
import { type SinonFakeTimers, useFakeTimers } from 'sinon'
import type { AnyStateNode } from 'xstate'
import { replay } from '../support/replay.ts'
import { subjects } from '../support/subjects.ts'
import { type Edge, pathOf, type Walk, walkOf } from '../support/walk.ts'

for (const subject of subjects) {
  describe(`paths through ${subject.id}`, () => {
    let walk: Walk
    let nodes: AnyStateNode[]
    before(() => {
      walk = walkOf(subject)
      nodes = nodesOf(walk.machine.root)
    })

    it('enter every state', () => {
      expect(nodes.map(({ id }) => id).filter((id) => !walk.entered.has(id))).to.deep.equal([])
    })

    it('take every transition', () => {
      const taken = new Set(walk.edges.flatMap((edge) => edge.taken))
      const untaken = nodes
        .flatMap((node) => [...node.transitions.values()].flat())
        .filter((definition) => !taken.has(definition))
        .map(({ source, eventType, guard }) => `${source.id} ${eventType} ${guard ?? ''}`)
      expect(untaken).to.deep.equal([])
    })

    it('meet every event that the machine names', () => {
      const met = new Set(walk.edges.map(({ step }) => step.event.type))
      expect(walk.machine.events.filter((type: string) => !met.has(type))).to.deep.equal([])
    })

    it('depend on nothing but the state and what is remembered', () => {
      const seen = new Map(walk.edges.map((edge) => [nameOf(edge), followOf(edge)]))
      for (const edge of walk.again) {
        expect(followOf(edge), nameOf(edge)).to.equal(seen.get(nameOf(edge)))
      }
    })

    it('break nothing but by a mistake in the program', () => {
      const broken = walk.edges.filter(({ broke }) => broke !== null)
      expect(broken.filter(({ broke }) => broke !== 'TypeError: a bug').map(nameOf)).to.deep.equal(
        [],
      )
    })

    const ends = nodesOf(subject.machine.root).some(({ type }) => type === 'final')
    if (!ends) return

    it('lead from every state to an end', () => {
      const places = [...walk.places.values()]
      const ending = new Set(places.filter(({ snapshot }) => snapshot.status === 'done'))
      expect(ending.size).not.to.equal(0)
      for (let before = -1; before !== ending.size; ) {
        before = ending.size
        for (const { from, to } of walk.edges) if (to && ending.has(to)) ending.add(from)
      }
      const followed = new Set(walk.edges.map(({ from }) => from))
      expect(
        [...followed].filter((place) => !ending.has(place)).map(({ key }) => key),
      ).to.deep.equal([])
    })

    it('end alike on a live actor, and leave no timer', () => {
      const final = walk.edges.filter(({ result }) => result.status === 'done')
      expect(final).not.to.have.length(0)
      for (const edge of final) endAlike(edge)
    })

    function endAlike({ from, step, result }: Edge): void {
      const clock = fakeTimers()
      try {
        const path = [...from.path, step]
        const snapshot = replay(walk, from.input, path, clock).getSnapshot()
        const told = `${from.input}: ${path.map(({ name }) => name).join(' → ')}`
        expect(snapshot.status, told).to.equal('done')
        expect(pathOf(snapshot.value), told).to.equal(pathOf(result.value))
        expect(snapshot.output, told).to.deep.equal(result.output)
        expect(clock.countTimers(), told).to.equal(0)
      } finally {
        clock.restore()
      }
    }
  })
}

function fakeTimers(): SinonFakeTimers {
  return useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'],
  })
}

function nodesOf(node: AnyStateNode): AnyStateNode[] {
  return [node, ...Object.values(node.states).flatMap(nodesOf)]
}

function nameOf({ from, step }: Edge): string {
  return `${from.key}: ${step.name}`
}

function followOf({ to, actions, begun, broke }: Edge): string {
  return JSON.stringify([to?.key, actions, begun, broke])
}
