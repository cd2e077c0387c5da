import type { ChartState, ChartTransition } from './chart.ts'

/** How a word is set; a CSS class of the picture. */
type WordStyle = 'event' | 'order' | 'guard' | 'action' | 'keyword'

interface Word {
  readonly text: string
  readonly style: WordStyle
}

/** Words of one line, one space apart, after `indent` columns. */
export interface Line {
  readonly indent: number
  readonly words: readonly Word[]
}

/** What belongs together: one transition, or one property of a state. */
export interface Row {
  readonly transition: ChartTransition | null
  readonly lines: readonly Line[]
}

/** Columns to fill before a line is broken; a single longer word stays whole. */
const STATE_COLUMNS = 36
const ARROW_COLUMNS = 28
const HANGING_INDENT = 2

/** The rows of a state's box: entry, invoked actors, what it does without leaving, exit. */
export function stateRows(state: ChartState, reactions: readonly ChartTransition[]): Row[] {
  const property = (keyword: string, texts: readonly string[]): Row[] =>
    texts.length === 0 ? [] : [propertyRow(keyword, texts)]
  const invokes = state.invokes.map(({ id, source }) => (id === source ? id : `${id}: ${source}`))
  return [
    ...property('entry /', state.entry),
    ...invokes.flatMap((invoke) => property('invoke', [invoke])),
    ...reactions.map((transition) => ({
      transition,
      lines: flow(
        [...head(transition), ...where(transition), ...actions(transition)],
        STATE_COLUMNS,
      ),
    })),
    ...property('exit /', state.exit),
  ]
}

/** A transition on its arrow: event and guard, then its actions on lines of their own. */
export function arrowRow(transition: ChartTransition): Row {
  const lines = flow(head(transition), ARROW_COLUMNS)
  if (transition.actions.length > 0) lines.push(...flow(actions(transition), ARROW_COLUMNS))
  return { transition, lines }
}

/** The same on one line and without dress, for tooltips. */
export function plainLabel(transition: ChartTransition): string {
  const words = [...head(transition), ...where(transition), ...actions(transition)]
  return words.map((word) => word.text).join(' ')
}

/** Columns of the longest line. */
export function columnsOf(rows: readonly Row[]): number {
  return Math.max(0, ...rows.flatMap((row) => row.lines.map(lineColumns)))
}

export function linesOf(rows: readonly Row[]): number {
  return rows.reduce((sum, row) => sum + row.lines.length, 0)
}

function propertyRow(keyword: string, texts: readonly string[]): Row {
  const words: Word[] = [{ text: keyword, style: 'keyword' }, ...listed(texts)]
  return { transition: null, lines: flow(words, STATE_COLUMNS) }
}

function head({ event, alternative, alternatives, guard, reenter }: ChartTransition): Word[] {
  const words: Word[] = [{ text: event, style: 'event' }]
  if (alternatives > 1) words.push({ text: `${alternative}/${alternatives}`, style: 'order' })
  if (guard !== null) {
    for (const text of `[${guard}]`.split(' ')) words.push({ text, style: 'guard' })
  }
  if (reenter) words.push({ text: '↻', style: 'keyword' })
  return words
}

/** Where it leads, from its source's point of view. */
function where({ source, targets }: ChartTransition): Word[] {
  const others = targets.filter((target) => target !== source)
  return others.flatMap((target) => {
    const inside = source !== '' && target.startsWith(`${source}.`)
    const text = inside ? target.slice(source.length + 1) : target
    return [{ text: '→', style: 'keyword' } as const, { text, style: 'event' } as const]
  })
}

function actions(transition: ChartTransition): Word[] {
  if (transition.actions.length === 0) return []
  return [{ text: '/', style: 'keyword' }, ...listed(transition.actions)]
}

function listed(texts: readonly string[]): Word[] {
  return texts.map((text, index) => ({
    text: index < texts.length - 1 ? `${text},` : text,
    style: 'action',
  }))
}

function flow(words: readonly Word[], columns: number): Line[] {
  const lines: { indent: number; words: Word[] }[] = []
  let used = Number.POSITIVE_INFINITY
  for (const word of words) {
    if (used + 1 + word.text.length > columns) {
      const indent = lines.length === 0 ? 0 : HANGING_INDENT
      lines.push({ indent, words: [] })
      used = indent - 1
    }
    lines.at(-1)!.words.push(word)
    used += 1 + word.text.length
  }
  return lines
}

function lineColumns({ indent, words }: Line): number {
  return words.reduce((sum, word) => sum + 1 + word.text.length, indent - 1)
}
