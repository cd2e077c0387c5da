import type { Chart } from './chart.ts'
import { type Layout, layOut, type Rectangle } from './layout.ts'
import { legendOf, SANS_COLUMN } from './legend.ts'
import type { Origin } from './origin.ts'
import { bandPath, drawCurve, escaped, rectangle, round, shrunk, text } from './shapes.ts'
import {
  type Arrow,
  type Box,
  COLUMN,
  chipWidth,
  HEADING,
  headingText,
  isAnyStateDrawn,
  isLoop,
  LINE,
  PADDING,
  RING,
  type Sketch,
  STUB,
  sketch as sketchOf,
} from './sketch.ts'
import { STYLE } from './style.ts'
import { type Line, plainLabel, type Row } from './text.ts'

const MARGIN = 28
const TITLE = 38
const SUMMARY_LINE = 19
/** Between title, picture and legend. */
const SPACE = 26
const WIDTH_MIN = 620

/**
 * A chart as one SVG document: the same text on every run and machine, its lengths in pixels.
 * State `sending.quiet` is the element `state-sending.quiet` (the root: `state-root`), transition
 * `sending--burst` is `edge-sending--burst`; the lines of an arrow name theirs in `data-edges`.
 */
export async function svgOf(chart: Chart): Promise<string> {
  const sketch = sketchOf(chart)
  const layout = await layOut(sketch)
  const width = Math.ceil(Math.max(WIDTH_MIN, layout.width + 2 * MARGIN))
  const summary = wrapped(chart.summary, (width - 2 * MARGIN) / SANS_COLUMN)
  const legend = legendOf(chart, width - 2 * MARGIN)
  const top = MARGIN + TITLE + summary.length * SUMMARY_LINE
  const bottom = top + layout.height + SPACE
  const height = Math.ceil(bottom + legend.height + MARGIN)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="statechart" id="chart-${escaped(chart.id)}"` +
      ` width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escaped(`${chart.title}: ${chart.summary}`)}</title>`,
    `<style>${STYLE}</style>`,
    `<rect class="paper" width="${width}" height="${height}" rx="14"/>`,
    text('title', MARGIN, MARGIN + 14, chart.title),
    ...summary.map((line, index) =>
      text('summary', MARGIN, MARGIN + 37 + index * SUMMARY_LINE, line),
    ),
    `<g transform="translate(${round((width - layout.width) / 2)} ${top})">`,
    ...picture(sketch, layout),
    '</g>',
    `<g class="legend" transform="translate(${MARGIN} ${round(bottom)})">`,
    ...legend.elements,
    '</g>',
    '</svg>',
    '',
  ].join('\n')
}

function wrapped(sentence: string, columns: number): string[] {
  const lines: string[] = []
  for (const word of sentence.split(' ')) {
    const longer = `${lines.at(-1) ?? ''} ${word}`.trim()
    if (lines.length > 0 && longer.length <= columns) lines[lines.length - 1] = longer
    else lines.push(word)
  }
  return lines
}

function picture(sketch: Sketch, layout: Layout): string[] {
  const root = sketch.boxes[0]!
  const boxes = isAnyStateDrawn(root, sketch) ? sketch.boxes : sketch.boxes.slice(1)
  return [
    ...boxes.filter((box) => isFrame(box)).flatMap((box) => drawBox(box, layout)),
    ...sketch.boxes.flatMap((box) => drawStart(box, layout)),
    ...sketch.arrows.flatMap((arrow, index) => drawLines(arrow, index, layout)),
    ...boxes.filter((box) => !isFrame(box)).flatMap((box) => drawBox(box, layout)),
    ...sketch.arrows.flatMap((arrow, index) => drawLabel(arrow, index, layout)),
  ]
}

function isFrame(box: Box): boolean {
  return box.holdsOthers && box.state.parent !== null
}

function drawBox(box: Box, layout: Layout): string[] {
  const { state, rows } = box
  const framed = isFrame(box)
  const whole = layout.rectangles.get(`${framed ? 'frame' : 'box'}:${state.id}`)!
  const area = state.kind === 'final' ? shrunk(whole, RING) : whole
  const kind = state.parent === null ? 'any' : state.kind
  const plain = rows.length === 0 && !framed
  const bandHeight = plain ? area.height : HEADING
  return [
    `<g class="state ${kind}" id="state-${escaped(state.id || 'root')}">`,
    `<title>${escaped(state.id || headingText(state))}</title>`,
    ...(state.kind === 'final' ? [rectangle('ring', whole, 12)] : []),
    rectangle('outline', area, 9),
    `<path class="band" d="${bandPath(area, bandHeight, plain)}"/>`,
    text('heading', area.x + PADDING, area.y + 20, headingText(state)),
    ...chips(box, area),
    ...(rows.length === 0 ? [] : drawRows(rows, area.x + PADDING, area.y + HEADING + 5)),
    '</g>',
  ]
}

function chips({ state }: Box, area: Rectangle): string[] {
  let right = area.x + area.width - 7
  return state.tags.toReversed().flatMap((tag) => {
    const width = chipWidth(tag)
    right -= width + 4
    const chip = { x: right + 4, y: area.y + 7, width, height: 16 }
    return [rectangle('chip', chip, 8), text('tag', chip.x + 4, chip.y + 12, tag)]
  })
}

function drawRows(rows: readonly Row[], x: number, top: number): string[] {
  let y = top
  return rows.flatMap(({ transition, lines }) => {
    const drawn = lines.map((line) => {
      y += LINE
      return drawLine(line, x, y - 5)
    })
    if (transition === null) return drawn
    return [
      `<g class="transition ${transition.origin}" id="edge-${escaped(transition.id)}">`,
      `<title>${escaped(plainLabel(transition))}</title>`,
      ...drawn,
      '</g>',
    ]
  })
}

function drawLine({ indent, words }: Line, x: number, y: number): string {
  let column = indent
  const spans = words.map(({ text, style }) => {
    const left = round(x + column * COLUMN)
    column += text.length + 1
    return `<tspan class="${style}" x="${left}">${escaped(text)}</tspan>`
  })
  return `<text y="${round(y)}">${spans.join('')}</text>`
}

function drawStart({ state }: Box, layout: Layout): string[] {
  const dot = layout.rectangles.get(`dot:${state.id}`)
  if (!dot) return []
  const radius = dot.width / 2
  const [x, y] = [round(dot.x + radius), round(dot.y + radius)]
  return [
    '<g class="start">',
    `<circle class="dot" cx="${x}" cy="${y}" r="${round(radius - 1)}"/>`,
    ...drawCurve(layout.curves.get(`start:${state.id}`)!),
    '</g>',
  ]
}

function drawLines(arrow: Arrow, index: number, layout: Layout): string[] {
  const curves = [
    layout.curves.get(`tail:${index}`)!,
    ...arrow.targets.map((target) => layout.curves.get(`head:${index}:${target}`)!),
  ]
  const { x, y, width, height } = layout.rectangles.get(`label:${index}`)!
  // Behind the label: it joins the lines above and below, overlapping them a little.
  const start = `${round(x + width / 2)},${round(y - 1)}`
  const through = `<path class="line" d="M${start}v${round(height + 2)}"/>`
  const ids = arrow.rows.map((row) => `edge-${row.transition!.id}`).join(' ')
  return [
    `<g class="arrow ${originOf(arrow)}" data-edges="${escaped(ids)}">`,
    ...(isLoop(arrow) ? [] : [through]),
    ...curves.flatMap(drawCurve),
    '</g>',
  ]
}

function drawLabel(arrow: Arrow, index: number, layout: Layout): string[] {
  const { x, y, width, height } = layout.rectangles.get(`label:${index}`)!
  const area = { x, y: y + STUB, width, height: height - 2 * STUB }
  return [
    `<g class="label ${originOf(arrow)}">`,
    rectangle('plate', area, 6),
    ...drawRows(arrow.rows, area.x + PADDING, area.y + 3),
    '</g>',
  ]
}

/** The one origin of all its transitions, or else the program's neutral colour. */
function originOf({ rows }: Arrow): Origin {
  const origins = new Set(rows.map((row) => row.transition!.origin))
  return origins.size === 1 ? [...origins][0]! : 'program'
}
