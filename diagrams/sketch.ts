import { type Chart, type ChartState, isRow } from './chart.ts'
import { arrowRow, columnsOf, linesOf, type Row, stateRows } from './text.ts'

/** What is to be drawn, measured but not yet placed. Lengths are SVG user units. */
export interface Sketch {
  readonly boxes: readonly Box[]
  readonly arrows: readonly Arrow[]
}

export interface Size {
  readonly width: number
  readonly height: number
}

/** A state. Of a state that holds others this is the header inside its frame. */
export interface Box extends Size {
  readonly state: ChartState
  readonly rows: readonly Row[]
  readonly holdsOthers: boolean
}

/** Transitions with the same source and targets share one arrow and the label set on it. */
export interface Arrow extends Size {
  readonly source: string
  /** Several only into a parallel state. */
  readonly targets: readonly string[]
  readonly rows: readonly Row[]
}

/** Advance of one column: the widest of the monospaced fonts in the style, at 12 px. */
export const COLUMN = 7.45
export const LINE = 17
export const PADDING = 10
export const HEADING = 30
/** Widest advance of the heading's bold face at 14 px. */
const HEADING_COLUMN = 9
const CHIP_COLUMN = 6.6
const CHIP_PADDING = 8
/** The least length of an arrow's line above its label, and below. */
export const STUB = 7
/** Between the two rings of a final state. */
export const RING = 4
const BOX_WIDTH_MIN = 110

export function sketch(chart: Chart): Sketch {
  const reactions = groupBy(
    chart.transitions.filter((transition) => isRow(transition, chart)),
    (transition) => transition.source,
  )
  return {
    boxes: chart.states.map((state) => {
      const rows = stateRows(state, reactions.get(state.id) ?? [])
      const holdsOthers = chart.states.some((other) => other.parent === state.id)
      return { state, rows, holdsOthers, ...boxSize(state, rows) }
    }),
    arrows: arrowsOf(chart),
  }
}

/** Width of a tag's chip, and of a row of them. */
export function chipWidth(tag: string): number {
  return tag.length * CHIP_COLUMN + CHIP_PADDING
}

function boxSize(state: ChartState, rows: readonly Row[]): Size {
  const chips = state.tags.reduce((sum, tag) => sum + chipWidth(tag) + 6, 0)
  const heading = headingText(state).length * HEADING_COLUMN + chips
  const width = Math.max(BOX_WIDTH_MIN, heading + 2 * PADDING, textWidth(rows))
  const height = HEADING + (rows.length === 0 ? 0 : linesOf(rows) * LINE + PADDING)
  const ring = state.kind === 'final' ? 2 * RING : 0
  return { width: width + ring, height: height + ring }
}

/** The root stands for whatever state the machine is in. */
export function headingText(state: ChartState): string {
  return state.parent === null ? 'in any state' : state.name
}

function arrowsOf(chart: Chart): Arrow[] {
  const groups = groupBy(
    chart.transitions.filter((transition) => !isRow(transition, chart)),
    ({ source, targets }) => [source, ...targets].join('>'),
  )
  return [...groups.values()].map((group) => {
    const { source, targets } = group[0]!
    const rows = group.map(arrowRow)
    return { source, targets, rows, width: textWidth(rows), height: linesOf(rows) * LINE + 6 }
  })
}

/** A state that is left and entered again. */
export function isLoop({ source, targets }: Arrow): boolean {
  return targets.every((target) => target === source)
}

/** The root is a box of its own where it says anything: "in any state". */
export function isAnyStateDrawn(root: Box, sketch: Sketch): boolean {
  const { id } = root.state
  const touches = ({ source, targets }: Arrow) => source === id || targets.includes(id)
  return root.rows.length > 0 || sketch.arrows.some(touches)
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const group = groups.get(keyOf(item))
    if (group) group.push(item)
    else groups.set(keyOf(item), [item])
  }
  return groups
}

function textWidth(rows: readonly Row[]): number {
  return Math.ceil(columnsOf(rows) * COLUMN) + 2 * PADDING
}
