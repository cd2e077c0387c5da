import type { Delivered } from '../../machines/client/put-all-setup.ts'
import type { Failure, Outcome } from '../../machines/failures.ts'
import type { EntryResult } from '../../machines/messages.ts'
import type { FileOutcome, Running, Stored } from './api.ts'
import type { BatchSource } from './batch-source.ts'

/** What a put of several files needs to tell what became of each. */
export interface PutAll {
  /** Local paths, in the order of the batch's candidates. */
  readonly paths: readonly string[]
  readonly batch: BatchSource
  /** Whether a file that is there is passed over. */
  readonly skip: boolean
  /** Puts one of them in a session of its own. */
  putAlone(path: string): Running<Stored>
}

/** The session of a batch, and after it one for each file that only contents can tell apart. */
export function followedByComparisons(
  session: Running<Delivered>,
  all: PutAll,
): Running<{ readonly files: readonly FileOutcome[] }> {
  const alone: Promise<void>[] = [session.closed]
  const outcome = session.outcome.then(async (delivered) => {
    if ('failed' in delivered) return delivered
    const found = resultsOf(all, delivered.ok)
    const files: FileOutcome[] = []
    for (const [place, path] of all.paths.entries()) {
      const known = found[place]!
      const running = known === 'compare' ? all.putAlone(path) : null
      if (running !== null) alone.push(running.closed)
      files.push({ path, outcome: known === 'compare' ? await running!.outcome : known })
    }
    return { ok: { files } }
  })
  const closed = outcome.then(() => Promise.all(alone)).then(() => undefined)
  return { outcome, closed, progress$: session.progress$ }
}

/** By place among the paths. */
function resultsOf(all: PutAll, { results }: Delivered): (Outcome<Stored> | 'compare')[] {
  const found: (Outcome<Stored> | 'compare')[] = []
  for (const [place, failed] of all.batch.failures) found[place] = { failed }
  let next = 0
  for (const [entry, place] of all.batch.places.entries()) {
    while (next < results.length && results[next]!.last < entry) next += 1
    const run = results[next]
    const result = run !== undefined && run.first <= entry ? run.result : null
    found[place] ??= outcomeOf(all, entry, result)
  }
  return found
}

function outcomeOf(
  { batch, skip }: PutAll,
  entry: number,
  result: EntryResult | null,
): Outcome<Stored> | 'compare' {
  const { path, sizeBytes } = batch.entries[entry]!
  const stored = (alreadyThere: boolean) => ({ ok: { path, sizeBytes, alreadyThere } })
  if (result === null) return stored(false)
  switch (result.kind) {
    case 'compare':
      return skip ? stored(true) : 'compare'
    case 'identical':
      return stored(!batch.mayHaveSent(entry))
    case 'failed':
      if (skip && result.failure.kind === 'exists') return stored(true)
      return { failed: named(result.failure, path) }
  }
}

/** The failure of an entry leaves its path to the entry. */
function named(failure: Failure, path: string): Failure {
  return 'path' in failure ? { ...failure, path } : failure
}
