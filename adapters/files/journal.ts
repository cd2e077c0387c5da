import { createHash } from 'node:crypto'
import { JOURNAL_RANGES_MAX } from '../../machines/limits.ts'
import type { Entry, FlatRanges } from '../../machines/messages.ts'
import { Layout } from '../../machines/recovery/layout.ts'

const HEADING = 'ferrygram journal 1'
/** The longest path, escaped, then two numbers of ten digits for every range. */
export const JOURNAL_BYTES_MAX = 8 * 1024 + JOURNAL_RANGES_MAX * 22

/**
 * A journal of the records of `entry` that are synced: four lines of text, which are the format's
 * version, the file's, the ranges, and the SHA-256 of all that in hex.
 */
export function encodeJournal(entry: Entry, stored: FlatRanges): Buffer {
  const version = JSON.stringify([entry.path, entry.sizeBytes, entry.mtimeUs])
  const body = `${HEADING}\n${version}\n${stored.join(' ')}\n`
  return Buffer.from(`${body}${createHash('sha256').update(body).digest('hex')}\n`)
}

/**
 * The records that a journal of this very `entry` names. None when anything at all is odd: ranges
 * are believed only when writing them down again gives the same bytes.
 */
export function decodeJournal(bytes: Buffer, entry: Entry): FlatRanges {
  const stored = bytes.toString().split('\n')[2]?.split(' ').map(Number) ?? []
  if (!areRanges(stored, new Layout(entry.sizeBytes).recordCount)) return []
  return encodeJournal(entry, stored).equals(bytes) ? stored : []
}

function areRanges(flat: readonly number[], recordCount: number): boolean {
  if (flat.length % 2 !== 0) return false
  for (let i = 0; i < flat.length; i += 2) {
    const first = flat[i]!
    const last = flat[i + 1]!
    const lowest = i === 0 ? 0 : flat[i - 1]! + 2
    if (!Number.isInteger(first) || !Number.isInteger(last)) return false
    if (first < lowest || last < first || last >= recordCount) return false
  }
  return true
}
