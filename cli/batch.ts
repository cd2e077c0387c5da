import { printable } from '../adapters/files/names.ts'
import type { Running, Stored } from '../adapters/runtime/api.ts'
import type { Failure, FailureKind } from '../machines/failures.ts'
import { EXIT, type ExitCode, exitCodeOf, exitCodeOfAll } from './exit-codes.ts'
import { failedLine } from './json-lines.ts'
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

/** Moves files one after another; one that fails does not keep the others from being tried. */
export async function moveAll(
  client: Client,
  verb: 'put' | 'get',
  paths: readonly string[],
  start: (path: string) => Running<Stored>,
): Promise<ExitCode> {
  const codes: ExitCode[] = []
  for (const [index, path] of paths.entries()) {
    const failure = await moveOne(client, verb, path, placeOf(index, paths.length), start)
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
  verb: 'put' | 'get',
  path: string,
  place: string,
  start: (path: string) => Running<Stored>,
): Promise<Failure | null> {
  const { output, where } = client
  output.say(`${verb} ${printable(path)}${place}`)
  const { outcome } = await followTransfer(client.track(start(path)), { verb, path }, output)
  if ('ok' in outcome) {
    await client.succeeded()
    return null
  }
  output.line(failedLine(verb, path, outcome.failed, where))
  output.fail(sentence(outcome.failed, where))
  return outcome.failed
}

function placeOf(index: number, count: number): string {
  return count > 1 ? ` (file ${index + 1} of ${count})` : ''
}
