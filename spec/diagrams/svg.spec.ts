import { expect } from 'chai'
import { chartOf } from '../../diagrams/chart.ts'
import { layOut, type Rectangle } from '../../diagrams/layout.ts'
import { sketch } from '../../diagrams/sketch.ts'
import { svgOf } from '../../diagrams/svg.ts'
import { registry } from '../../machines/index.ts'
import { door, example } from './machines.ts'

const ENTITY = /&(?:amp|lt|gt|quot);/g
const ATTRIBUTES = /^(?: [a-z][\w-]*="[^"<&]*")*$/i

/** Fails on what a strict XML parser would: unbalanced tags, loose markup, bare attributes. */
function expectWellFormed(xml: string): void {
  const open: string[] = []
  for (const [, text, tag] of xml.replace(ENTITY, '').matchAll(/([^<]*)(?:<([^>]*)>|$)/g)) {
    expect(text).not.to.match(/[&<]/)
    if (tag === undefined) continue
    const [, closing, name, attributes, single] = /^(\/?)([\w-]+)(.*?)(\/?)$/.exec(tag)!
    expect(attributes, tag).to.match(ATTRIBUTES)
    if (closing === '/') expect(open.pop()).to.equal(name)
    else if (single === '') open.push(name!)
  }
  expect(open).to.deep.equal([])
}

function idsOf(svg: string, prefix: string): string[] {
  return [...svg.matchAll(/ id="([^"]*)"/g)]
    .map((match) => match[1]!)
    .filter((id) => id.startsWith(prefix))
}

function overlap(a: Rectangle, b: Rectangle): boolean {
  const across = a.x < b.x + b.width && b.x < a.x + a.width
  return across && a.y < b.y + b.height && b.y < a.y + a.height
}

describe('svgOf', () => {
  it('draws one element for each state and each transition', async () => {
    for (const charted of [door, example]) {
      const chart = chartOf(charted)
      const svg = await svgOf(chart)
      const states = chart.states.map(({ id }) => `state-${id || 'root'}`)
      expect(idsOf(svg, 'state-')).to.have.members(states)
      const transitions = chart.transitions.map(({ id }) => `edge-${id}`)
      expect(idsOf(svg, 'edge-')).to.have.members(transitions)
    }
  })

  it('leaves the root out where it does nothing', async () => {
    const chart = chartOf(door)
    const transitions = chart.transitions.filter(({ source }) => source !== '')
    expect(idsOf(await svgOf({ ...chart, transitions }), 'state-')).not.to.include('state-root')
  })

  it('is well-formed XML whatever the names are', async () => {
    const svg = await svgOf(chartOf(door))
    expectWellFormed(svg)
    expect(svg).to.include('Opens &amp; closes.')
    expect(svg).to.include(
      '<title>push 1/2 [key &lt; &quot;2&quot; &amp; fits] → open / creak</title>',
    )
    expectWellFormed(await svgOf(chartOf(example)))
  })

  it('is the same text every time', async () => {
    const [one, two] = await Promise.all([svgOf(chartOf(example)), svgOf(chartOf(example))])
    expect(one).to.equal(two)
  })

  it('puts no state and no label on another', async () => {
    for (const charted of [door, example, ...registry]) {
      const { rectangles } = await layOut(sketch(chartOf(charted)))
      const solid = [...rectangles].filter(([id]) => !id.startsWith('frame:'))
      expect(solid).to.have.length.above(3)
      solid.forEach(([id, rectangle], index) => {
        for (const [other, another] of solid.slice(index + 1)) {
          expect(overlap(rectangle, another), `${charted.id}: ${id} on ${other}`).to.equal(false)
        }
      })
    }
  })

  it('keeps the states of a frame inside it', async () => {
    const { rectangles } = await layOut(sketch(chartOf(example)))
    const frame = rectangles.get('frame:sending')!
    for (const id of ['box:sending.flowing', 'box:sending.quiet', 'dot:sending']) {
      const { x, y, width, height } = rectangles.get(id)!
      expect(x).to.be.above(frame.x)
      expect(y).to.be.above(frame.y)
      expect(x + width).to.be.below(frame.x + frame.width)
      expect(y + height).to.be.below(frame.y + frame.height)
    }
  })

  it('draws a machine of eight states no wider than a screen', async () => {
    const [, width] = / width="(\d+)"/.exec(await svgOf(chartOf(example)))!
    expect(Number(width)).to.be.within(620, 1_200)
  })
})
