import { printable } from '../adapters/files/names.ts'
import type { Running, Stored } from '../adapters/runtime/api.ts'
import type { Failure, FailureKind } from '../machines/failures.ts'
import { EXIT, type ExitCode, exitCodeOf, exitCodeOfAll } from './exit-codes.ts'
import { failedLine } from './json-lines.ts'
import type { TransferTold } from './progress.ts'
import { sentence } from './sentences.ts'
import { followTransfer } from './transfer.ts'
import type { Client } from './with-client.ts'

// The next file would meet these as well, after as long a wait.
const ENDS_BATCH: ReadonlySet<FailureKind> = new Set<FailureKind>([
  'unknownHost',
  'socketError',
  'nothingListens',
  'noAnswer',
  'linkLost',
  'wrongKey',
  'versionUnsupported',
  'serverDraining',
  'cancelled',
])

// What arrived before these is kept, and the same command goes on from there.
const RESUMABLE: ReadonlySet<FailureKind> = new Set<FailureKind>(['linkLost', 'cancelled'])

/** The command line that does the same for these paths. */
export type Again = (paths: readonly string[]) => string

/** Moves files one after another; one that fails does not keep the others from being tried. */
export async function moveAll(
  client: Client,
  verb: 'put' | 'get',
  paths: readonly string[],
  again: Again,
  start: (path: string) => Running<Stored>,
): Promise<ExitCode> {
  const codes: ExitCode[] = []
  for (const [index, path] of paths.entries()) {
    client.output.say(`${verb} ${printable(path)}${placeOf(index, paths.length)}`)
    const failure = await moveOne(client, { verb, path }, start)
    if (failure !== null) tellFailure(client, verb, path, failure, again(paths.slice(index)))
    codes.push(failure === null ? EXIT.done : exitCodeOf(failure))
    if (failure === null || !ENDS_BATCH.has(failure.kind)) continue
    const untried = paths.length - index - 1
    if (untried > 0) client.output.tell(`Not tried: ${untried} more.`)
    break
  }
  return exitCodeOfAll(codes)
}

async function moveOne(
  client: Client,
  told: TransferTold,
  start: (path: string) => Running<Stored>,
): Promise<Failure | null> {
  const { outcome } = await followTransfer(client.track(start(told.path)), told, client.output)
  if ('failed' in outcome) return outcome.failed
  await client.succeeded()
  return null
}

/** `path` is null for a failure that ended the session of several files. */
export function tellFailure(
  { output, where }: Client,
  verb: TransferTold['verb'],
  path: string | null,
  failure: Failure,
  goesOn: string,
): void {
  const again = RESUMABLE.has(failure.kind) ? goesOn : null
  output.line(failedLine(verb, path, failure, where, again))
  output.fail(sentence(failure, where))
  if (again !== null) output.tell(`Kept what arrived; go on with:\n  ${again}`)
}

function placeOf(index: number, count: number): string {
  return count > 1 ? ` (file ${index + 1} of ${count})` : ''
}
