import type { Progress } from '../adapters/runtime/api.ts'
import type { Figures } from './figures.ts'
import { limitTold } from './limits-told.ts'
import { formatDuration, formatRate, formatSize } from './units.ts'

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
export function fileOf({ done, total }: NonNullable<Progress['files']>): number {
  return Math.min(done + 1, total)
}

/** From 0 to 1; an empty file is done. */
export function shareDone({ doneBytes, totalBytes }: Progress): number {
  return totalBytes === 0 ? 1 : Math.min(doneBytes / totalBytes, 1)
}
