import { printable } from '../adapters/files/names.ts'
import type { Running, Stored } from '../adapters/runtime/api.ts'
import type { Failure, FailureKind } from '../machines/failures.ts'
import { EXIT, type ExitCode, exitCodeOf } from './exit-codes.ts'
import { failedLine } from './json-lines.ts'
import type { TransferTold } from './progress.ts'
import { sentence } from './sentences.ts'
import { followTransfer } from './transfer.ts'
import type { Client } from './with-client.ts'

// What arrived before these is kept, and the same command goes on from there.
const RESUMABLE: ReadonlySet<FailureKind> = new Set<FailureKind>(['linkLost', 'cancelled'])

/** The command line that does the same for these paths. */
export type Again = (paths: readonly string[]) => string

/** Moves one file, and tells what came of it. */
export async function moveOne(
  client: Client,
  verb: 'put' | 'get',
  path: string,
  again: Again,
  running: Running<Stored>,
): Promise<ExitCode> {
  client.output.say(`${verb} ${printable(path)}`)
  const { outcome } = await followTransfer(client.track(running), { verb, path }, client.output)
  if ('failed' in outcome) {
    tellFailure(client, verb, path, outcome.failed, again([path]))
    return exitCodeOf(outcome.failed)
  }
  await client.succeeded()
  return EXIT.done
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
