import type { Failure, Outcome } from '../../machines/failures.ts'
import type { Entry, EntryResult } from '../../machines/messages.ts'
import type { FileOutcome, Running, Stored } from './api.ts'

/** What became of one of several files; `compare` if only contents can tell whether to move it. */
export type Found = Outcome<Stored> | 'compare'

/** Several files, once the session that moved them is over. */
export interface Moved {
  /** Of those that never were an entry, by place among all. */
  readonly failures: ReadonlyMap<number, Failure>
  readonly entries: readonly Entry[]
  /** Which of all each entry is. */
  readonly places: readonly number[]
  /** Whether an entry that is there may be so because an earlier session moved it. */
  mayHaveMoved(entry: number): boolean
}

/** What became of an entry that was not just stored. */
type ResultOf = (entry: number) => EntryResult | undefined

/** What became of each, by place. `skip` passes over what is there; `locate` tells where that is. */
export function foundOf(
  moved: Moved,
  resultOf: ResultOf,
  skip: boolean,
  locate: (path: string) => string = (path) => path,
): readonly Found[] {
  const found: Found[] = []
  for (const [place, failed] of moved.failures) found[place] = { failed }
  for (const [entry, place] of moved.places.entries()) {
    found[place] ??= outcomeOf(moved, entry, resultOf(entry), skip, locate)
  }
  return found
}

function outcomeOf(
  moved: Moved,
  entry: number,
  result: EntryResult | undefined,
  skip: boolean,
  locate: (path: string) => string,
): Found {
  const { path, sizeBytes } = moved.entries[entry]!
  const stored = (alreadyThere: boolean) => ({
    ok: { path: locate(path), sizeBytes, alreadyThere },
  })
  switch (result?.kind) {
    case undefined:
      return stored(false)
    case 'identical':
      return stored(!moved.mayHaveMoved(entry))
    case 'compare':
      return skip ? stored(true) : 'compare'
    case 'failed':
      if (skip && result.failure.kind === 'exists') return stored(true)
      return { failed: named(result.failure, path) }
  }
}

/** A failure that left its path to the place it stood at. */
export function named(failure: Failure, path: string): Failure {
  return 'path' in failure && failure.path === '' ? { ...failure, path } : failure
}

/** The session of several files, and after it one for each that only contents can tell apart. */
export function followedByComparisons<Ok>(
  session: Running<Ok>,
  paths: readonly string[],
  resultsOf: (ok: Ok) => readonly Found[],
  moveAlone: (path: string) => Running<Stored>,
): Running<{ readonly files: readonly FileOutcome[] }> {
  const alone: Promise<void>[] = [session.closed]
  const outcome = session.outcome.then(async (moved) => {
    if ('failed' in moved) return moved
    const found = resultsOf(moved.ok)
    const files: FileOutcome[] = []
    for (const [place, path] of paths.entries()) {
      const known = found[place]!
      const running = known === 'compare' ? moveAlone(path) : null
      if (running !== null) alone.push(running.closed)
      files.push({ path, outcome: known === 'compare' ? await running!.outcome : known })
    }
    return { ok: { files } }
  })
  const closed = outcome.then(() => Promise.all(alone)).then(() => undefined)
  return { outcome, closed, progress$: session.progress$ }
}
