import { type Bottleneck, cross } from './bottleneck.ts'

/** How much of what a path carries a put uses, as a Markdown table on standard output. */

const MIB = 2 ** 20
const LOSSES = [0, 0.01, 0.05, 0.1, 0.2]

const paths: readonly Bottleneck[] = [
  ...LOSSES.map((loss) => ({ sizeBytes: 32 * MIB, loss })),
  ...[0, 0.05, 0.2].map((loss) => ({ sizeBytes: 32 * MIB, rttMs: 10, loss })),
  ...[0, 0.05, 0.2].map((loss) => ({ sizeBytes: 128 * MIB, rttMs: 200, loss })),
  ...[0, 0.05].map((loss) => ({ sizeBytes: 32 * MIB, queueBdp: 0.2, loss })),
]

const columns = ['MiB', 'RTT ms', 'queue BDP', 'loss %', 'share %', 's', 'sent/due', 'tail drops %']
process.stdout.write(`| ${columns.join(' | ')} |\n|${' ---: |'.repeat(columns.length)}\n`)
for (const path of paths) {
  const { sizeBytes, rttMs = 50, queueBdp = 1, loss = 0 } = path
  const { share, seconds, waste, tailDrops } = await cross(path)
  const cells = [
    sizeBytes / MIB,
    rttMs,
    queueBdp,
    100 * loss,
    (100 * share).toFixed(1),
    seconds.toFixed(2),
    waste.toFixed(3),
    (100 * tailDrops).toFixed(2),
  ]
  process.stdout.write(`| ${cells.join(' | ')} |\n`)
}
