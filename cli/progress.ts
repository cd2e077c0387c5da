import type { Figures } from './figures.ts'
import type { JsonLine } from './json-lines.ts'
import type { Output } from './output.ts'
import { fileOf, progressText } from './progress-text.ts'

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
