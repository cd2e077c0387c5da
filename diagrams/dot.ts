import {
  type Arrow,
  type Box,
  isAnyStateDrawn,
  isLoop,
  type Size,
  type Sketch,
  STUB,
} from './sketch.ts'

const DOT_SIZE = 12

/** The graph in Graphviz's language: labels are nodes, so that nothing ever lies on them. */
export function dotOf(sketch: Sketch): string {
  const root = sketch.boxes[0]!
  return [
    'digraph {',
    'graph [compound=true, newrank=true, nodesep=0.22, ranksep=0.28]',
    'node [shape=box, fixedsize=true, label=""]',
    'edge [arrowsize=0.8]',
    ...contents(root, sketch),
    ...sketch.arrows.flatMap((arrow, index) => (isLoop(arrow) ? [] : lines(arrow, index, sketch))),
    '}',
  ].join('\n')
}

/** A state's dot, the states it holds, and the labels of the arrows among them. */
function contents(holder: Box, sketch: Sketch): string[] {
  const { id, initial } = holder.state
  const children = sketch.boxes.filter((box) => box.state.parent === id)
  const out = children.flatMap((box) => (box.holdsOthers ? frame(box, sketch) : [node(box)]))
  if (holder.state.parent === null && isAnyStateDrawn(holder, sketch)) out.push(node(holder))
  if (initial !== null) {
    const dot = quote(`dot:${id}`)
    out.push(`${dot} [id=${dot}, width=${inches(DOT_SIZE)}, height=${inches(DOT_SIZE)}]`)
    const { at, clip } = top(boxOf(initial, sketch), sketch)
    out.push(`${dot} -> ${at} [id=${quote(`start:${id}`)}, weight=4${attribute('lhead', clip)}]`)
  }
  sketch.arrows.forEach((arrow, index) => {
    if (commonHolder(arrow, sketch) !== id) return
    const label = quote(`label:${index}`)
    const place = { width: arrow.width, height: arrow.height + 2 * STUB }
    out.push(`${label} [id=${label}, ${size(place)}]`)
    if (isLoop(arrow)) out.push(beside(arrow.source, label))
  })
  return out
}

function frame(box: Box, sketch: Sketch): string[] {
  const { id } = box.state
  return [
    `subgraph ${quote(`cluster:${id}`)} {`,
    `graph [id=${quote(`frame:${id}`)}, label=${placeholder(box)}, labeljust=l, margin=12]`,
    ...contents(box, sketch),
    '}',
  ]
}

function node(box: Box): string {
  const name = quote(`box:${box.state.id}`)
  return `${name} [id=${name}, ${size(box)}]`
}

/** The label of a loop stands on the right of its state; its two lines are drawn straight. */
function beside(state: string, label: string): string {
  const line = `${quote(`box:${state}`)} -> ${label} [id=${quote(`loop:${state}`)}, dir=none]`
  return `{ rank=same; ${line} }`
}

/** An arrow's lines, downwards when its target comes later in the machine than its source. */
function lines(arrow: Arrow, index: number, sketch: Sketch): string[] {
  const label = quote(`label:${index}`)
  const source = boxOf(arrow.source, sketch)
  const first = boxOf(arrow.targets[0]!, sketch)
  const down = sketch.boxes.indexOf(source) < sketch.boxes.indexOf(first)
  const near = down ? bottom(source, sketch) : top(source, sketch)
  const tail = down
    ? `${near.at} -> ${label}:n [${attribute('ltail', near.clip, '')}`
    : `${label}:s -> ${near.at} [${attribute('lhead', near.clip, '')}`
  const out = [`${tail} id=${quote(`tail:${index}`)}, dir=none]`]
  for (const id of arrow.targets) {
    const far = down ? top(boxOf(id, sketch), sketch) : bottom(boxOf(id, sketch), sketch)
    const head = down
      ? `${label}:s -> ${far.at} [${attribute('lhead', far.clip, '')}`
      : `${far.at} -> ${label}:n [dir=back ${attribute('ltail', far.clip, '')}`
    out.push(`${head} id=${quote(`head:${index}:${id}`)}]`)
  }
  return out
}

interface End {
  /** The node that stands in for the state. */
  readonly at: string
  /** The frame at whose border the line stops. */
  readonly clip: string | null
}

function top(box: Box, sketch: Sketch): End {
  if (!box.holdsOthers || box.state.parent === null) {
    return { at: quote(`box:${box.state.id}`), clip: null }
  }
  const clip = `cluster:${box.state.id}`
  if (box.state.initial !== null) return { at: quote(`dot:${box.state.id}`), clip }
  const first = sketch.boxes.find((other) => other.state.parent === box.state.id)!
  return { at: top(first, sketch).at, clip }
}

function bottom(box: Box, sketch: Sketch): End {
  if (!box.holdsOthers || box.state.parent === null) return top(box, sketch)
  const last = sketch.boxes.findLast((other) => other.state.parent === box.state.id)!
  return { at: bottom(last, sketch).at, clip: `cluster:${box.state.id}` }
}

function boxOf(id: string, sketch: Sketch): Box {
  return sketch.boxes.find((box) => box.state.id === id)!
}

/** The innermost state that holds both ends of an arrow. */
function commonHolder(arrow: Arrow, sketch: Sketch): string {
  const holders = (id: string): string[] => {
    const parent = boxOf(id, sketch).state.parent
    return parent === null ? [''] : [parent, ...holders(parent)]
  }
  const ends = [arrow.source, ...arrow.targets].map(holders)
  return ends[0]!.find((holder) => ends.every((others) => others.includes(holder)))!
}

function size({ width, height }: Size): string {
  return `width=${inches(width)}, height=${inches(height)}`
}

/** An empty table keeps a label's place free without asking Graphviz to measure text. */
function placeholder({ width, height }: Size): string {
  const table = `FIXEDSIZE="TRUE" WIDTH="${Math.ceil(width)}" HEIGHT="${Math.ceil(height)}"`
  return `<<TABLE BORDER="0" ${table}><TR><TD></TD></TR></TABLE>>`
}

function attribute(name: string, value: string | null, before = ', '): string {
  return value === null ? '' : `${before}${name}=${quote(value)}`
}

function inches(length: number): string {
  return (length / 72).toFixed(4)
}

function quote(name: string): string {
  return `"${name.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}
