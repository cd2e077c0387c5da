import { readFileSync, writeFileSync } from 'node:fs'
import { cpus, release } from 'node:os'
import { barChart } from './chart.ts'
import { markdownTable } from './table.ts'

/** One measured case. */
export interface Row {
  readonly case: string
  /** In the unit of its bench; null where the case could not be run. */
  readonly figure: number | null
  /** What it should come to; absent where it is only there to compare with. */
  readonly target?: number
  /** More about it, a cell for each of the bench's own columns. */
  readonly more?: readonly string[]
}

export interface Results {
  readonly title: string
  /** Of every figure and target. */
  readonly unit: string
  /** Headings of what rows say more. */
  readonly columns: readonly string[]
  readonly rows: readonly Row[]
  /** Paragraphs below the table. */
  readonly notes: readonly string[]
}

/** Writes `results-NAME.md` and `.svg` beside this file, and the table to standard output. */
export function writeResults(name: string, results: Results): void {
  const at = (ending: string) => new URL(`results-${name}.${ending}`, import.meta.url)
  const text = resultsText(results)
  process.stdout.write(`${text}\n`)
  writeFileSync(at('md'), `# ${results.title}\n\n${text}\n![chart](results-${name}.svg)\n`)
  const bars = results.rows.flatMap(({ case: label, figure, target }) =>
    figure === null ? [] : [{ label, value: figure, ...(target !== undefined && { target }) }],
  )
  writeFileSync(at('svg'), barChart(`${results.title}, ${results.unit}`, bars))
}

/** Machine, date and versions, the table, and the notes. */
export function resultsText({ unit, columns, rows, notes }: Results): string {
  const table = markdownTable(
    ['case', unit, 'target', ...columns],
    rows.map(({ case: label, figure, target, more = [] }) => [
      label,
      figure === null ? 'absent' : figureText(figure),
      target === undefined ? '' : figureText(target),
      ...columns.map((_, i) => more[i] ?? ''),
    ]),
  )
  return [machine(), table, ...notes].map((part) => `${part}\n`).join('\n')
}

/** Three digits that matter. */
export function figureText(figure: number): string {
  return figure >= 100 ? figure.toFixed(0) : figure.toPrecision(3)
}

function machine(): string {
  const { version } = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  ) as { readonly version: string }
  const processors = cpus()
  const model = processors[0]?.model ?? 'unknown processor'
  return (
    `ferrygram ${version}, Node ${process.versions.node}, ${process.platform} ${release()}, ` +
    `${processors.length} × ${model}, ${new Date().toISOString().slice(0, 10)}.`
  )
}
