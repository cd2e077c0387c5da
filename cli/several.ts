import { printable } from '../adapters/files/names.ts'
import type { FileOutcome, Running } from '../adapters/runtime/api.ts'
import { EXIT, type ExitCode, exitCodeOf, exitCodeOfAll } from './exit-codes.ts'
import { type Again, tellFailure } from './move.ts'
import type { TransferTold } from './progress.ts'
import { follow, howFast, tellStored } from './transfer.ts'
import type { Client } from './with-client.ts'

/** Follows a move of several files in one session, then tells what became of each. */
export async function followSeveral(
  client: Client,
  verb: TransferTold['verb'],
  paths: readonly string[],
  again: Again,
  running: Running<{ readonly files: readonly FileOutcome[] }>,
): Promise<ExitCode> {
  const { output } = client
  const told: TransferTold = { verb, path: paths[0] ?? '' }
  output.say(`${verb} ${paths.length} files, ${printable(told.path)} first`)
  const { outcome, figures } = await follow(client.track(running), told, output)
  if ('failed' in outcome) {
    tellFailure(client, verb, null, outcome.failed, again(paths))
    return exitCodeOf(outcome.failed)
  }
  await client.succeeded()
  let movedBytes = 0
  const codes = outcome.ok.files.map(({ path, outcome }): ExitCode => {
    if ('failed' in outcome) {
      tellFailure(client, verb, path, outcome.failed, again([path]))
      return exitCodeOf(outcome.failed)
    }
    tellStored(outcome.ok, { verb, path }, figures.elapsedMs, output)
    if (!outcome.ok.alreadyThere) movedBytes += outcome.ok.sizeBytes
    return EXIT.done
  })
  const done = codes.filter((code) => code === EXIT.done).length
  const where = verb === 'put' ? 'at the server' : 'here'
  const how = howFast(movedBytes, Math.round(figures.elapsedMs))
  output.say(`${done} of ${codes.length} files are ${where} (${how}).`)
  return exitCodeOfAll(codes)
}
