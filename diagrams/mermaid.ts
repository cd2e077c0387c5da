import { type Chart, type ChartState, type ChartTransition, isRow } from './chart.ts'
import { arrowRow, type Row, stateRows } from './text.ts'

/** Words the language takes for its own; a state of that name gets a `_`. */
const KEYWORDS = new Set('as class classDef click default href note scale state style'.split(' '))

/**
 * A chart as a Mermaid `stateDiagram-v2`, the same text on every run. What a state does without
 * being left is a line of its description; of a state that holds others it stands in a box within.
 */
export function mermaidOf(chart: Chart): string {
  const root = chart.states[0]!
  const lines = [
    '---',
    `title: ${JSON.stringify(chart.title)}`,
    '---',
    `%% ${chart.summary}`,
    '%% Generated from the machine itself.',
    'stateDiagram-v2',
    ...indented([
      'direction TB',
      ...anyState(root, chart),
      ...inside(root, chart),
      ...chart.transitions
        .filter((transition) => !isRow(transition, chart))
        .flatMap((transition) => arrows(transition)),
      ...chart.states
        .filter((state) => state.kind === 'final' && state.depth === 1)
        .map((state) => `${idOf(state.id)} --> [*]`),
    ]),
  ]
  return `${lines.join('\n')}\n`
}

/** The root stands for whatever state the machine is in, where it says anything. */
function anyState(root: ChartState, chart: Chart): string[] {
  const rows = rowsOf(root, chart)
  const touched = chart.transitions.some(
    ({ source, targets }) => source === root.id || targets.includes(root.id),
  )
  if (!touched && rows.length === 0) return []
  return [`state "in any state" as ${idOf(root.id)}`, ...described(idOf(root.id), rows)]
}

/** The states that a state holds, and which of them is entered first. */
function inside(holder: ChartState, chart: Chart): string[] {
  const children = chart.states.filter((state) => state.parent === holder.id)
  return [
    ...(holder.initial === null ? [] : [`[*] --> ${idOf(holder.initial)}`]),
    ...children.flatMap((state) => declaration(state, chart)),
  ]
}

function declaration(state: ChartState, chart: Chart): string[] {
  const id = idOf(state.id)
  const rows = rowsOf(state, chart)
  const opening = `state "${escaped(state.name)}" as ${id}`
  if (chart.states.every((other) => other.parent !== state.id)) {
    return [opening, ...described(id, rows)]
  }
  return [`${opening} {`, ...indented([...inside(state, chart), ...inAny(state, rows)]), '}']
}

/** A box that speaks for whichever of the states within is the current one. */
function inAny({ id }: ChartState, rows: readonly string[]): string[] {
  const box = `in_any_${idOf(id)}`
  const opening = `state "in any of these" as ${box}`
  return rows.length === 0 ? [] : [opening, ...described(box, rows)]
}

function described(id: string, rows: readonly string[]): string[] {
  return rows.map((row) => `${id} : ${row}`)
}

function rowsOf(state: ChartState, chart: Chart): string[] {
  const reactions = chart.transitions.filter(
    (transition) => transition.source === state.id && isRow(transition, chart),
  )
  const tags = state.tags.length === 0 ? [] : [escaped(`tags ${state.tags.join(', ')}`)]
  return [...tags, ...stateRows(state, reactions).map((row) => textOf(row, ' '))]
}

function arrows(transition: ChartTransition): string[] {
  const label = textOf(arrowRow(transition), '<br/>')
  return transition.targets.map(
    (target) => `${idOf(transition.source)} --> ${idOf(target)} : ${label}`,
  )
}

function textOf({ lines }: Row, between: string): string {
  return lines.map(({ words }) => escaped(words.map((word) => word.text).join(' '))).join(between)
}

function idOf(state: string): string {
  if (state === '') return 'in_any_state'
  const id = state.replaceAll('.', '_')
  return KEYWORDS.has(id) ? `${id}_` : id
}

/** Character by character what Mermaid or HTML would read as its own. */
function escaped(text: string): string {
  return text.replace(/[#;:<>&"{}]/g, (character) => `#${character.charCodeAt(0)};`)
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`)
}
