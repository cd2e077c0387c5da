import type { BenchCase } from './simulated.ts'

const MIB = 2 ** 20
const SEEDS = [1, 2, 3]
/** Where single losses weigh much, as those of a hello in a short transfer do. */
const MANY_SEEDS = [1, 2, 3, 4, 5, 6, 7, 8, 9]

function percent(loss: number): string {
  return `${100 * loss} %`
}

function shareCase(
  name: string,
  min: number,
  path: Omit<BenchCase, 'name' | 'aim' | 'seeds'>,
  seeds: readonly number[] = SEEDS,
): BenchCase {
  return { name, aim: { of: 'share', min }, seeds, ...path }
}

/** What 32 MiB must reach at 50 ms, by loss. */
const short: readonly BenchCase[] = [
  [0, 0.91],
  [0.01, 0.91],
  [0.05, 0.89],
  [0.1, 0.89],
  [0.2, 0.86],
  [0.3, 0.8],
  [0.5, 0.6],
].map(([loss, min]) =>
  shareCase(
    `32 MiB, 50 ms, ${percent(loss!)} lost`,
    min!,
    { sizeBytes: 32 * MIB, loss: loss! },
    loss === 0 ? [1] : MANY_SEEDS,
  ),
)

/** The same within three points, where losses come five at a time. */
const bursty: readonly BenchCase[] = [
  [0.01, 0.88],
  [0.05, 0.86],
  [0.1, 0.86],
  [0.2, 0.83],
].map(([loss, min]) =>
  shareCase(
    `32 MiB, 50 ms, ${percent(loss!)} lost in runs of 5`,
    min!,
    { sizeBytes: 32 * MIB, loss: loss!, lossRun: 5 },
    MANY_SEEDS,
  ),
)

const queues: readonly BenchCase[] = [
  shareCase('32 MiB, a queue of 0.2 BDP', 0.85, { sizeBytes: 32 * MIB, queueBdp: 0.2 }, [1]),
  shareCase('32 MiB, a queue of 4 BDP', 0.91, { sizeBytes: 32 * MIB, queueBdp: 4 }, [1]),
]

const long: readonly BenchCase[] = [10, 50, 200].flatMap((rttMs) =>
  [0, 0.01, 0.05, 0.1, 0.2].map((loss) => {
    const min = rttMs === 200 ? 0.86 : loss > 0.1 ? 0.9 : 0.95
    const name = `128 MiB, ${rttMs} ms, ${percent(loss)} lost`
    return shareCase(name, min, { sizeBytes: 128 * MIB, rttMs, loss, slow: true })
  }),
)

const extreme: readonly BenchCase[] = [
  shareCase(
    '16 MiB, 1 Mbit/s, 600 ms',
    0.92,
    { sizeBytes: 16 * MIB, mbitPerS: 1, rttMs: 600 },
    [1],
  ),
  shareCase('1 GiB, 200 ms', 0.95, { sizeBytes: 1024 * MIB, rttMs: 200, slow: true }, [1]),
  shareCase(
    '2 GiB, 1 Gbit/s, 100 ms',
    0.92,
    { sizeBytes: 2048 * MIB, mbitPerS: 1_000, rttMs: 100, slow: true },
    [1],
  ),
]

/** A rate that halves or doubles 6 s after the start. */
const changes: readonly BenchCase[] = [50, 200].flatMap((rttMs) => [
  {
    name: `100 Mbit/s becomes 50, ${rttMs} ms`,
    aim: { of: 'recovery', msMax: 5 * rttMs },
    seeds: SEEDS,
    sizeBytes: 96 * MIB,
    rttMs,
    loss: 0.01,
    change: { atMs: 6_000, mbitPerS: 50 },
    slow: true,
  },
  {
    name: `50 Mbit/s becomes 100, ${rttMs} ms`,
    aim: { of: 'recovery', msMax: Math.max(3_000, 30 * rttMs) },
    seeds: SEEDS,
    sizeBytes: 96 * MIB,
    rttMs,
    loss: 0.01,
    mbitPerS: 50,
    change: { atMs: 6_000, mbitPerS: 100 },
    slow: true,
  },
])

const fair: readonly BenchCase[] = [2, 8].map((sessions) => ({
  name: `${sessions} sessions at once, 50 ms, 5 s to 10 s`,
  aim: { of: 'fairness', min: 0.95, sessions },
  seeds: SEEDS,
  sizeBytes: 128 * MIB,
  loss: 0.001,
  slow: true,
}))

/** 100 Mbit/s and a queue of one bandwidth-delay product, unless the name says otherwise. */
export const simulatedCases: readonly BenchCase[] = [
  ...short,
  ...bursty,
  ...queues,
  ...long,
  ...extreme,
  ...changes,
  ...fair,
]
