import { printable } from '../adapters/files/names.ts'
import { limitTold } from './limits-told.ts'
import type { Transferred } from './transfer.ts'
import { formatDuration, formatRate, formatSize } from './units.ts'

/** How the last transfer went, a figure a line. */
export function statsText(last: Transferred | null): string {
  if (last === null) return 'Nothing was moved yet.'
  const { told, outcome, figures } = last
  const latest = figures.latest
  const lines = [
    ['transfer', `${told.verb} ${printable(told.path)}, ${resultText(outcome)}`],
    ['time', formatDuration(Math.round(figures.elapsedMs))],
  ]
  const movedBytes = movedBytesOf(last)
  const bytesPerS = figures.elapsedMs > 0 ? (movedBytes / figures.elapsedMs) * 1_000 : 0
  lines.push(['moved', `${formatSize(movedBytes)}, ${formatRate(bytesPerS)}`])
  if (typeof latest?.lossShare === 'number')
    lines.push(['loss', `${(latest.lossShare * 100).toFixed(2)}%`])
  if (typeof latest?.rttMs === 'number') lines.push(['RTT', formatDuration(latest.rttMs)])
  const shares = figures.stateShares
    .map(([state, share]) => `${limitTold(state)} ${Math.round(share * 100)}%`)
    .join(', ')
  if (shares !== '') lines.push(['spent', shares])
  return lines.map(([name, value]) => `  ${name!.padEnd(9)} ${value}`).join('\n')
}

function resultText(outcome: Transferred['outcome']): string {
  if ('failed' in outcome) return `failed: ${outcome.failed.kind}`
  return outcome.ok.alreadyThere ? 'already there' : 'done'
}

function movedBytesOf({ outcome, figures }: Transferred): number {
  if ('failed' in outcome) return figures.latest?.doneBytes ?? 0
  return outcome.ok.alreadyThere ? 0 : outcome.ok.sizeBytes
}
