import { type Bottleneck, type Crossing, cross, payloadShare } from './bottleneck.ts'
import { share } from './fairness.ts'

/** What a row measures, and how far it has to come. Shares are of C · (1 − p) · payload / wire. */
export type Aim =
  | { readonly of: 'share'; readonly min: number }
  | { readonly of: 'fairness'; readonly min: number; readonly sessions: number }
  /** From the change of the rate until 90 % of the new one arrives, over ten round trips. */
  | { readonly of: 'recovery'; readonly msMax: number }

/** One path, and what is aimed at over some seeds. */
export interface BenchCase extends Bottleneck {
  readonly name: string
  readonly aim: Aim
  readonly seeds: readonly number[]
  /** Left out of a quick run. */
  readonly slow?: boolean
}

/** What became of a case. The waste columns are the worst of all seeds; null where not measured. */
export interface BenchRow {
  readonly name: string
  readonly aim: Aim
  readonly median: number
  readonly worst: number
  readonly isMet: boolean
  readonly crossed: Waste | null
}

type Waste = Pick<Crossing, 'wire' | 'overhead' | 'back' | 'tailDrops' | 'repeated' | 'rttP95'>

const DATAGRAM_BYTES = 1_400

/** Runs the cases one after the other; `onRow` hears of each as it is done. */
export async function simulatedBench(
  cases: readonly BenchCase[],
  onRow: (row: BenchRow) => void = () => {},
): Promise<BenchRow[]> {
  const rows: BenchRow[] = []
  for (const each of cases) {
    const row = await rowOf({ datagramBytes: DATAGRAM_BYTES, ...each })
    onRow(row)
    rows.push(row)
  }
  return rows
}

async function rowOf(each: BenchCase): Promise<BenchRow> {
  const { name, aim } = each
  const figures: number[] = []
  const crossed: Crossing[] = []
  for (const seed of each.seeds) {
    if (aim.of === 'fairness') {
      figures.push((await share({ ...each, seed }, aim.sessions)).jain)
      continue
    }
    const crossing = await cross({ ...each, seed })
    crossed.push(crossing)
    figures.push(aim.of === 'share' ? crossing.share : recoveryMs(each, crossing))
  }
  // The best comes first, so that the worst is last.
  figures.sort((a, b) => (aim.of === 'recovery' ? a - b : b - a))
  const median = figures[Math.floor((figures.length - 1) / 2)]!
  const isMet = aim.of === 'recovery' ? median <= aim.msMax : median >= aim.min
  const worst = figures.at(-1)!
  const waste = crossed.length === 0 || each.change ? null : worstOf(crossed)
  return { name, aim, median, worst, isMet, crossed: waste }
}

function worstOf(crossed: readonly Crossing[]): Waste {
  const most = (key: keyof Waste) => Math.max(...crossed.map((crossing) => crossing[key]))
  return {
    wire: most('wire'),
    overhead: most('overhead'),
    back: most('back'),
    tailDrops: most('tailDrops'),
    repeated: most('repeated'),
    rttP95: most('rttP95'),
  }
}

/** How long after the change ten round trips first averaged 90 % of the new rate. */
function recoveryMs(each: BenchCase, { path }: Crossing): number {
  const { rttMs = 50, loss = 0, change, datagramBytes } = each
  if (!change) return 0
  const windowMs = 10 * rttMs
  const bytesPerMs = change.mbitPerS * 125 * (1 - loss) * payloadShare(datagramBytes!)
  for (let ms = 0; ms < 20_000; ms += 1) {
    const fromMs = change.atMs + ms
    const [bytes = 0] = path.arrivedBetween(fromMs, fromMs + windowMs)
    if (bytes >= 0.9 * bytesPerMs * windowMs) return ms
  }
  return Number.POSITIVE_INFINITY
}
