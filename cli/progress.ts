import type { Progress } from '../adapters/runtime/api.ts'
import type { Figures } from './figures.ts'
import type { JsonLine } from './json-lines.ts'
import { limitTold } from './limits-told.ts'
import type { Output } from './output.ts'
import { formatDuration, formatRate, formatSize } from './units.ts'

const LINE_EVERY_MS = 10_000
const JSON_EVERY_MS = 1_000

/** What is being moved, as progress and results name it. */
export interface TransferTold {
  readonly verb: 'put' | 'get'
  /** Of several in one session, the first one. */
  readonly path: string
}

/**
 * Shows how a transfer stands until the returned function is called: a live bar on a terminal, a
 * line every 10 s elsewhere, an object a second with `--json`, nothing with `--quiet`.
 */
export function showProgress(told: TransferTold, figures: Figures, output: Output): () => void {
  switch (output.progress) {
    case 'bar':
      return showBarOnceLoaded(figures, output)
    case 'lines':
      return repeat(LINE_EVERY_MS, () => output.say(progressText(figures)))
    case 'json':
      return repeat(JSON_EVERY_MS, () => sayLine(told, figures, output))
    case 'none':
      return () => {}
  }
}

/**
 * How a transfer stands, in one line of ASCII: as much of it as fits, what matters most first.
 * @param charactersMax of the line
 */
export function progressText(figures: Figures, charactersMax = Number.POSITIVE_INFINITY): string {
  const latest = figures.latest
  if (latest === null) return limitTold('connecting')
  const { doneBytes, totalBytes, files, lossShare, rttMs, state } = latest
  const parts = [
    `${Math.floor(shareDone(latest) * 100)}%`,
    ...(files === undefined ? [] : [`file ${fileOf(files)} of ${files.total}`]),
    `${formatSize(doneBytes)} of ${formatSize(totalBytes)}`,
    formatRate(figures.nowBytesPerS),
  ]
  if (figures.remainingMs !== null) parts.push(`${formatDuration(figures.remainingMs)} left`)
  parts.push(limitTold(state), `average ${formatRate(figures.averageBytesPerS)}`)
  if (lossShare !== null) parts.push(`loss ${(lossShare * 100).toFixed(1)}%`)
  if (rttMs !== null) parts.push(`RTT ${formatDuration(rttMs)}`)
  while (parts.length > 1 && parts.join(', ').length > charactersMax) parts.pop()
  return parts.join(', ')
}

/** The number of the file that is being moved, from 1 on. */
function fileOf({ done, total }: NonNullable<Progress['files']>): number {
  return Math.min(done + 1, total)
}

/** From 0 to 1; an empty file is done. */
export function shareDone({ doneBytes, totalBytes }: Progress): number {
  return totalBytes === 0 ? 1 : Math.min(doneBytes / totalBytes, 1)
}

/** What draws the bar takes longer to load than a small file to move. */
function showBarOnceLoaded(figures: Figures, output: Output): () => void {
  let stop: () => void = () => {}
  let stopped = false
  void import('./progress-bar.ts').then(({ showBar }) => {
    if (!stopped) stop = showBar(figures, output)
  })
  return () => {
    stopped = true
    stop()
  }
}

function sayLine({ verb, path }: TransferTold, figures: Figures, output: Output): void {
  const latest = figures.latest
  if (latest === null) return
  const { doneBytes, totalBytes, files, lossShare, rttMs, state } = latest
  const line: JsonLine = {
    type: 'progress',
    verb,
    path,
    ...(files && { file: fileOf(files), files: files.total }),
    doneBytes,
    totalBytes,
    bytesPerS: Math.round(figures.nowBytesPerS),
    averageBytesPerS: Math.round(figures.averageBytesPerS),
    lossShare,
    rttMs,
    state,
  }
  output.line(line)
}

function repeat(everyMs: number, show: () => void): () => void {
  const timer = setInterval(show, everyMs)
  return () => clearInterval(timer)
}
