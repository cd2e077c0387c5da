import type { Failure } from '../../machines/failures.ts'
import { RESULT_RUNS_MAX } from '../../machines/limits.ts'
import type { Control, EntryResult, ResultRun } from '../../machines/messages.ts'
import { resultsFit } from '../wire/codec.ts'

type Results = Extract<Control, { kind: 'results' }>

/** What became of the entries of a batch that were not just stored. PROTOCOL "Batches". */
export class BatchResults {
  /** By place in the manifest; only exceptions take memory. */
  readonly #results = new Map<number, EntryResult>()

  get size(): number {
    return this.#results.size
  }

  get(entry: number): EntryResult | undefined {
    return this.#results.get(entry)
  }

  has(entry: number): boolean {
    return this.#results.has(entry)
  }

  set(entry: number, result: EntryResult): void {
    this.#results.set(entry, namelessResult(result))
  }

  /** As much as one control holds of what became of the entries `from` ≤ n < `end`. */
  page(from: number, end: number): Results {
    const runs: ResultRun[] = []
    let to = from
    for (; to < end; to += 1) {
      const result = this.#results.get(to)
      if (result === undefined) continue
      const run = runs.at(-1)
      if (run !== undefined && run.last === to - 1 && isSame(run.result, result)) {
        runs[runs.length - 1] = { ...run, last: to }
      } else if (runs.length < RESULT_RUNS_MAX) {
        runs.push({ first: to, last: to, result })
      } else {
        break
      }
    }
    while (!resultsFit({ kind: 'results', from, to, runs })) to = runs.pop()!.first
    return { kind: 'results', from, to, runs }
  }
}

function namelessResult(result: EntryResult): EntryResult {
  return result.kind === 'failed' ? { ...result, failure: nameless(result.failure) } : result
}

/** What the runs say, entry by entry. */
export function resultsByEntry(runs: readonly ResultRun[]): ReadonlyMap<number, EntryResult> {
  const results = new Map<number, EntryResult>()
  for (const { first, last, result } of runs) {
    for (let entry = first; entry <= last; entry += 1) results.set(entry, result)
  }
  return results
}

/** Where a place tells which file failed, its path is left out. */
export function nameless(failure: Failure): Failure {
  return 'path' in failure ? { ...failure, path: '' } : failure
}

function isSame(one: EntryResult, other: EntryResult): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other)
}
