import { filter, take } from 'rxjs'
import { printable } from '../adapters/files/names.ts'
import type { Running, Stored } from '../adapters/runtime/api.ts'
import type { Outcome } from '../machines/failures.ts'
import { tuneEngine } from './engine.ts'
import { Figures } from './figures.ts'
import type { Output } from './output.ts'
import { showProgress, type TransferTold } from './progress.ts'
import { formatDuration, formatRate, formatSize } from './units.ts'

/** What is as long as this drops enough to fill memory. */
const LONG_BYTES = 64 * 1024 * 1024

/** A transfer that ended: what it came to and how it went. */
export interface Transferred<Ok = Stored> {
  readonly told: TransferTold
  readonly outcome: Outcome<Ok>
  readonly figures: Figures
}

/** Follows a transfer to its outcome, showing progress; a success is told, a failure is not. */
export async function followTransfer(
  running: Running<Stored>,
  told: TransferTold,
  output: Output,
): Promise<Transferred> {
  const transferred = await follow(running, told, output)
  const { outcome, figures } = transferred
  if ('ok' in outcome) {
    tellStored(outcome.ok, told, figures.elapsedMs, output)
  }
  return transferred
}

/** Follows a transfer to its outcome, showing progress; the outcome is left for others to tell. */
export async function follow<Ok>(
  running: Running<Ok>,
  told: TransferTold,
  output: Output,
): Promise<Transferred<Ok>> {
  const figures = new Figures()
  const subscription = running.progress$.subscribe((progress) => figures.step(progress))
  const long$ = running.progress$.pipe(
    filter(({ totalBytes }) => totalBytes >= LONG_BYTES),
    take(1),
  )
  subscription.add(long$.subscribe(() => void tuneEngine()))
  const stopShowing = showProgress(told, figures, output)
  const outcome = await running.outcome
  subscription.unsubscribe()
  figures.end()
  stopShowing()
  return { told, outcome, figures }
}

/** Tells of one file that is stored, in so many milliseconds on its own or with others. */
export function tellStored(
  { path: storedAs, sizeBytes, alreadyThere }: Stored,
  { verb, path }: TransferTold,
  tookMs: number,
  output: Output,
): void {
  const elapsedMs = Math.round(tookMs)
  output.line({ type: 'done', verb, path, storedAs, sizeBytes, alreadyThere, elapsedMs })
  const name = printable(storedAs)
  const where = verb === 'put' ? ' at the server' : ''
  if (alreadyThere) {
    output.say(`${name} is already there${where}, nothing was moved.`)
    return
  }
  output.say(output.colors.green(`Stored as ${name}${where} (${howFast(sizeBytes, elapsedMs)}).`))
}

/** `10 kB in 2s, 5 kB/s` */
export function howFast(sizeBytes: number, elapsedMs: number): string {
  const rate = formatRate(elapsedMs > 0 ? (sizeBytes / elapsedMs) * 1_000 : 0)
  return `${formatSize(sizeBytes)} in ${formatDuration(elapsedMs)}, ${rate}`
}
