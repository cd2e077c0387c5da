/** Somebody who does the work of a bench. */
export interface Contender<Measured> {
  readonly name: string
  run(): Promise<Measured>
}

/**
 * Everybody's measurements, taken in turns, so that what else the machine does meets all alike.
 * Every other round goes backwards: whoever comes before leaves something for who comes after.
 */
export async function inTurns<Measured>(
  contenders: readonly Contender<Measured>[],
  rounds: number,
): Promise<ReadonlyMap<string, readonly Measured[]>> {
  const taken = new Map(contenders.map(({ name }) => [name, [] as Measured[]]))
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? contenders : contenders.toReversed()
    for (const { name, run } of order) taken.get(name)?.push(await run())
  }
  return taken
}

/** The middle one, or the mean of the two in the middle. */
export function median(figures: readonly number[]): number {
  const sorted = figures.toSorted((a, b) => a - b)
  const upper = sorted[sorted.length >> 1]
  const lower = sorted[(sorted.length - 1) >> 1]
  if (upper === undefined || lower === undefined) throw new Error('the median of nothing')
  return (upper + lower) / 2
}
