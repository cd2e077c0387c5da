import { dotOf } from './dot.ts'
import { isLoop, type Size, type Sketch } from './sketch.ts'

/** Where everything goes. The origin is the upper left corner, y grows downwards. */
export interface Layout extends Size {
  /**
   * `box:<state>`, `frame:<state>`, `dot:<state>` and `label:<arrow>`, which is higher than
   * its text by two stubs.
   */
  readonly rectangles: ReadonlyMap<string, Rectangle>
  /** `start:<state>` from its dot, `tail:<arrow>` to the label, `head:<arrow>:<target>` onwards. */
  readonly curves: ReadonlyMap<string, Curve>
}

export interface Point {
  readonly x: number
  readonly y: number
}

/** `x` and `y` are its upper left corner. */
export interface Rectangle extends Point, Size {}

/** A chain of cubic Bézier curves: the start, then three points a segment. */
export interface Curve {
  readonly points: readonly Point[]
  /** Where its arrowhead begins and ends; null for a line without one. */
  readonly arrowhead: { readonly from: Point; readonly to: Point } | null
}

/** What Graphviz answers: sizes in inches, everything else in points, 72 to the inch. */
interface Drawn {
  readonly bb: string
  readonly objects: readonly DrawnObject[]
  readonly edges?: readonly { readonly id: string; readonly pos: string }[]
}

/** Besides shapes there are the groups that only tie nodes to one rank. */
type DrawnObject = DrawnShape | { readonly rank: string }

type DrawnShape =
  | { readonly id: string; readonly bb: string }
  | { readonly id: string; readonly pos: string; readonly width: string; readonly height: string }

/** Half the distance between the two lines of a loop. */
const LOOP_GAP = 6

/** Places a sketch with Graphviz, which is loaded here, when it is first needed. */
export async function layOut(sketch: Sketch): Promise<Layout> {
  const { instance } = await import('@viz-js/viz')
  const viz = await instance()
  const json = viz.renderString(dotOf(sketch), { format: 'json0', yInvert: true })
  const drawn: Drawn = JSON.parse(json)
  const { width, height } = frameOf(drawn.bb)
  const rectangles = new Map(
    drawn.objects.flatMap((object) => (isShape(object) ? [[object.id, rectangleOf(object)]] : [])),
  )
  const curves = new Map<string, Curve>()
  for (const { id, pos } of drawn.edges ?? []) curves.set(id, curveOf(pos))
  for (const [index, arrow] of sketch.arrows.entries()) {
    if (!isLoop(arrow)) continue
    const box = rectangles.get(`box:${arrow.source}`)!
    const label = rectangles.get(`label:${index}`)!
    curves.set(`tail:${index}`, straight(box, label, -LOOP_GAP))
    curves.set(`head:${index}:${arrow.source}`, straight(box, label, LOOP_GAP))
  }
  return { width, height, rectangles, curves }
}

function numbers(text: string): number[] {
  return text.split(/[ ,]/).map(Number)
}

function isShape(object: DrawnObject): object is DrawnShape {
  return 'pos' in object || 'bb' in object
}

function rectangleOf(object: DrawnShape): Rectangle {
  if ('bb' in object) return frameOf(object.bb)
  const size = { width: Number(object.width) * 72, height: Number(object.height) * 72 }
  return centred(object.pos, size)
}

/** Reads a bounding box: left, lower, right, upper. */
function frameOf(bb: string): Rectangle {
  const [left, lower, right, upper] = numbers(bb)
  return { x: left!, y: upper!, width: right! - left!, height: lower! - upper! }
}

function centred(middle: string, { width, height }: Size): Rectangle {
  const [x, y] = numbers(middle)
  return { x: x! - width / 2, y: y! - height / 2, width, height }
}

/** Reads `e,x,y x,y x,y …`: `s` and `e` are the tips of arrowheads at the start and the end. */
function curveOf(pos: string): Curve {
  const points: Point[] = []
  let tip: { at: 'start' | 'end'; point: Point } | null = null
  for (const part of pos.split(' ')) {
    const [x, y] = numbers(part.replace(/^[se],/, ''))
    if (part.startsWith('s,')) tip = { at: 'start', point: { x: x!, y: y! } }
    else if (part.startsWith('e,')) tip = { at: 'end', point: { x: x!, y: y! } }
    else points.push({ x: x!, y: y! })
  }
  if (tip === null) return { points, arrowhead: null }
  const from = tip.at === 'start' ? points[0]! : points.at(-1)!
  return { points, arrowhead: { from, to: tip.point } }
}

/** From a box to the label on its right, or back with an arrowhead, `below` its middle. */
function straight(box: Rectangle, label: Rectangle, below: number): Curve {
  const y = box.y + box.height / 2 + below
  const near = { x: box.x + box.width, y }
  const far = { x: label.x, y }
  if (below < 0) return { points: [near, near, far, far], arrowhead: null }
  const from = { x: near.x + 8, y }
  return { points: [far, far, from, from], arrowhead: { from, to: near } }
}
