import { printable } from '../adapters/files/names.ts'
import type { Running, Stored } from '../adapters/runtime/api.ts'
import type { Outcome } from '../machines/failures.ts'
import { Figures } from './figures.ts'
import type { Output } from './output.ts'
import { showProgress, type TransferTold } from './progress.ts'
import { formatDuration, formatRate, formatSize } from './units.ts'

/** A transfer that ended: what it came to and how it went. */
export interface Transferred {
  readonly told: TransferTold
  readonly outcome: Outcome<Stored>
  readonly figures: Figures
}

/** Follows a transfer to its outcome, showing progress; a success is told, a failure is not. */
export async function followTransfer(
  running: Running<Stored>,
  told: TransferTold,
  output: Output,
): Promise<Transferred> {
  const figures = new Figures()
  const subscription = running.progress$.subscribe((progress) => figures.step(progress))
  const stopShowing = showProgress(told, figures, output)
  const outcome = await running.outcome
  subscription.unsubscribe()
  figures.end()
  stopShowing()
  if ('ok' in outcome) tellStored(outcome.ok, told, figures, output)
  return { told, outcome, figures }
}

function tellStored(stored: Stored, told: TransferTold, figures: Figures, output: Output): void {
  const { sizeBytes, alreadyThere } = stored
  const elapsedMs = Math.round(figures.elapsedMs)
  output.line({ type: 'done', ...told, storedAs: stored.path, sizeBytes, alreadyThere, elapsedMs })
  const name = printable(stored.path)
  const where = told.verb === 'put' ? ' at the server' : ''
  if (alreadyThere) {
    output.say(`${name} is already there${where}, nothing was moved.`)
    return
  }
  const rate = formatRate(elapsedMs > 0 ? (sizeBytes / elapsedMs) * 1_000 : 0)
  const how = `${formatSize(sizeBytes)} in ${formatDuration(elapsedMs)}, ${rate}`
  output.say(output.colors.green(`Stored as ${name}${where} (${how}).`))
}
