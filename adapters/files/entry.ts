import type { BigIntStats } from 'node:fs'
import type { Entry } from '../../machines/messages.ts'

/** The entry of a file on disk: nanoseconds are cut down to the whole microsecond before them. */
export function toEntry(path: string, stats: BigIntStats): Entry {
  const nanoseconds = ((stats.mtimeNs % 1000n) + 1000n) % 1000n
  return {
    path,
    sizeBytes: Number(stats.size),
    mtimeUs: clamped(Number((stats.mtimeNs - nanoseconds) / 1000n)),
  }
}

/** Past the year 2255 microseconds are no longer exact in a double, nor known to the wire. */
function clamped(us: number): number {
  return Math.min(Math.max(us, Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER)
}

/**
 * Seconds for `utimes` that are read back as exactly `mtimeUs`. Node cuts to microseconds towards
 * zero, so half of one keeps rounding away from the edge; only a string may be negative.
 */
export function toSeconds(mtimeUs: number): string {
  return String((mtimeUs + (mtimeUs < 0 ? -0.5 : 0.5)) / 1e6)
}
