import type { AnyMachineSnapshot } from 'xstate'
import type { Failure, Outcome } from '../../machines/failures.ts'
import type { Edge, Place, Walk } from './walk.ts'

const COLUMNS = 100
const IGNORED = '·'

/**
 * The walk as text, one block a state: what each event leads to and the actions it executes, in
 * order. `↻` names timers and actors that start over in a state that is not left, `✗` the failure
 * that the event brought. Events that change nothing follow the dot. States that act alike share a
 * block.
 */
export function table({ subject, initial, places, edges }: Walk): string {
  const blocks = new Map<string, Place[]>()
  for (const place of [...places.values()].sort((a, b) => orderOf(a) - orderOf(b))) {
    const key = `${place.value}\n${bodyOf(place, edges)}`
    blocks.set(key, [...(blocks.get(key) ?? []), place])
  }
  const starts = initial.map(({ input, to, actions }) => [
    input,
    `→ ${labelOf(to, {})}`,
    actions.join(', '),
  ])
  const rest = [...blocks.values()].map(
    (alike) => `${headingOf(alike)}\n${bodyOf(alike[0]!, edges)}\n`,
  )
  return [`${subject.id}\n\n(start)\n${align(starts)}\n`, ...rest].join('\n')
}

/** As the author wrote the states down. */
function orderOf({ snapshot }: Place): number {
  return Math.max(...snapshot._nodes.map(({ order }) => order))
}

function bodyOf(place: Place, edges: readonly Edge[]): string {
  if (place.snapshot.status !== 'active') return '  the end'
  const here = edges.filter(({ from }) => from === place)
  return here.length === 0 ? '  not followed further' : block(here)
}

function block(edges: readonly Edge[]): string {
  const rows = edges.filter(({ ignored }) => !ignored).map(rowOf)
  const ignored = edges.filter((edge) => edge.ignored).map(({ step }) => step.name)
  return [...(rows.length > 0 ? [align(rows)] : []), ...wrapped(ignored)].join('\n')
}

function rowOf({ from, step, to, broke, result, actions, begun }: Edge): string[] {
  if (to === null) return [step.name, '→ broken', `${broke}`.split('\n')[0]!]
  const restarted = to.value === from.value ? begun : []
  const failure = failureIn(result)
  const marks = [
    ...(restarted.length > 0 ? [`↻ ${restarted.join(', ')}`] : []),
    ...(failure !== null && failure !== failureIn(from.snapshot) ? [`✗ ${failure}`] : []),
  ]
  return [step.name, `→ ${labelOf(to, from.memory)}`, [actions.join(', '), ...marks].join('  ')]
}

/** `draining (sessions 1)`: of what guards remember, only what differs from before is told. */
function labelOf({ value, memory }: Place, before: Place['memory']): string {
  const told = Object.entries(memory).filter(([name, held]) => before[name] !== held)
  const text = told.map(([name, held]) => `${name} ${held}`).join(', ')
  return text === '' ? value : `${value} (${text})`
}

function headingOf(places: readonly Place[]): string {
  const memories = places
    .map(({ memory }) => Object.entries(memory).map(([name, held]) => `${name} ${held}`))
    .filter((memory) => memory.length > 0)
    .map((memory) => `[${memory.join(', ')}]`)
  return [places[0]!.value, ...memories].join('\n')
}

/** The kind of failure that the machine keeps, if it keeps one. */
function failureIn({ context }: AnyMachineSnapshot): string | null {
  const { failure, outcome }: { failure?: Failure | null; outcome?: Outcome<unknown> } = context
  if (outcome !== undefined) return 'failed' in outcome ? outcome.failed.kind : null
  return failure?.kind ?? null
}

function align(rows: readonly (readonly string[])[]): string {
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows
    .map(
      ([event, next, does]) =>
        `  ${event!.padEnd(widths[0]!)}  ${next!.padEnd(widths[1]!)}  ${does}`,
    )
    .map((line) => line.trimEnd())
    .join('\n')
}

function wrapped(names: readonly string[]): string[] {
  const lines: string[] = []
  for (const [i, name] of names.entries()) {
    const word = i < names.length - 1 ? `${name};` : name
    const last = lines.at(-1)
    if (last !== undefined && last.length + word.length < COLUMNS)
      lines.push(`${lines.pop()} ${word}`)
    else lines.push(last === undefined ? `  ${IGNORED} ${word}` : `    ${word}`)
  }
  return lines
}
