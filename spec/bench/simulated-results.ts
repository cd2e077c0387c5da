import type { Results, Row } from './results.ts'
import type { BenchRow } from './simulated.ts'

const COLUMNS = [
  'worst',
  'met',
  'wire/file',
  '× kept',
  'back %',
  'tail drops %',
  'twice %',
  'RTT p95',
]

/**
 * The rows in virtual time as results: shares of what a path carries and fairness in percent, with
 * what took time instead of a share below the table.
 */
export function simulatedResults(rows: readonly BenchRow[]): Results {
  const recoveries = rows.flatMap(({ name, aim, median, worst }) =>
    aim.of === 'recovery'
      ? [`${name}: ${whole(median)} ms (worst ${whole(worst)}, target ${whole(aim.msMax)}).`]
      : [],
  )
  return {
    title: 'Simulated paths',
    unit: '%',
    columns: COLUMNS,
    rows: rows.flatMap((row) => (row.aim.of === 'recovery' ? [] : [resultOf(row, row.aim.min)])),
    notes: [
      'Share of C · (1 − p) · payload / wire from hello to done, or fairness (Jain), in virtual ' +
        'time: the same at every run. Medians, and the worst, of all seeds; RTT over that of the path. ' +
        'What the wire carried per byte of the file is told once more times the share that the path ' +
        'did not lose.',
      ...recoveries,
    ],
  }
}

function resultOf({ name, median, worst, isMet, crossed }: BenchRow, min: number): Row {
  const waste =
    crossed === null
      ? []
      : [
          crossed.wire.toFixed(3),
          crossed.overhead.toFixed(3),
          percent(crossed.back),
          percent(crossed.tailDrops),
          percent(crossed.repeated),
          crossed.rttP95.toFixed(2),
        ]
  return {
    case: name,
    figure: 100 * median,
    target: 100 * min,
    more: [(100 * worst).toFixed(1), isMet ? 'yes' : 'no', ...waste],
  }
}

function percent(share: number): string {
  return (100 * share).toFixed(2)
}

function whole(ms: number): string {
  return ms.toFixed(0)
}
