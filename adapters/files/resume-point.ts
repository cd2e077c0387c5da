import { constants, type Stats } from 'node:fs'
import fs, { type FileHandle } from 'node:fs/promises'
import { type Failure, FailureError } from '../../machines/failures.ts'
import { RECORD_BYTES } from '../../machines/limits.ts'
import type { Entry, FlatRanges } from '../../machines/messages.ts'
import { Layout } from '../../machines/recovery/layout.ts'
import { codeOf } from './errors.ts'
import { decodeJournal, encodeJournal, JOURNAL_BYTES_MAX } from './journal.ts'
import { type PartNames, partNamesOf } from './part-names.ts'
import { readSmallFile, removeName } from './small-file.ts'
import type { Directory } from './walk.ts'

const WRITE_NEW = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL
const WRITE_ON = constants.O_RDWR | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)

/**
 * The records of `entry` that are known to be on disk. Touches nothing; none when in doubt, and of a
 * file of one record, which is never journaled.
 */
export async function readStored(directory: Directory, entry: Entry): Promise<FlatRanges> {
  if (entry.sizeBytes <= RECORD_BYTES) return []
  const names = partNamesOf(entry)
  const journal = await readSmallFile(directory.at(names.journal), JOURNAL_BYTES_MAX)
  if (journal === null) return []
  const stored = decodeJournal(journal, entry)
  const stats = await fs.lstat(directory.at(names.part)).catch(() => null)
  return stats !== null && canHold(stats, stored, entry) ? stored : []
}

/** Opens the part where an earlier run left it, or starts a new one. The lock must be held. */
export async function openPart(
  directory: Directory,
  names: PartNames,
  entry: Entry,
): Promise<{ readonly handle: FileHandle; readonly stored: FlatRanges }> {
  const stored = await readStored(directory, entry)
  if (stored.length > 0) {
    const handle = await openOld(directory.at(names.part), stored, entry)
    if (handle !== null) return { handle, stored }
  }
  return { handle: await openNew(directory, names, entry), stored: [] }
}

/** Replaces the journal in one step. Every record in `stored` must have been synced. */
export async function saveJournal(
  directory: Directory,
  names: PartNames,
  entry: Entry,
  stored: FlatRanges,
): Promise<void> {
  const fresh = directory.at(`${names.journal}-new`)
  await removeName(fresh)
  const handle = await fs.open(fresh, WRITE_NEW, 0o666)
  try {
    await handle.writeFile(encodeJournal(entry, stored))
    await handle.sync()
  } finally {
    await handle.close()
  }
  await fs.rename(fresh, directory.at(names.journal))
  await directory.sync()
}

async function openOld(
  place: string,
  stored: FlatRanges,
  entry: Entry,
): Promise<FileHandle | null> {
  const handle = await fs.open(place, WRITE_ON).catch(() => null)
  if (handle === null) return null
  const stats = await handle.stat().catch(() => null)
  if (stats !== null && canHold(stats, stored, entry)) return handle
  await handle.close()
  return null
}

/**
 * Removed and made anew rather than emptied: what lies there may be a symlink, or be published. The
 * journal goes first, and durably, lest a power cut leave it beside a part it does not speak of.
 */
async function openNew(directory: Directory, names: PartNames, entry: Entry): Promise<FileHandle> {
  if (await removeName(directory.at(names.journal))) await directory.sync()
  const place = directory.at(names.part)
  const handle = await create(place)
  if (handle !== null) return handle
  await removeName(place)
  return (await create(place)) ?? fail({ kind: 'busy', path: entry.path })
}

/** Null when there is something already. */
async function create(place: string): Promise<FileHandle | null> {
  try {
    return await fs.open(place, WRITE_NEW, 0o666)
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return null
    throw error
  }
}

function fail(failure: Failure): never {
  throw new FailureError(failure)
}

/** A part with a second name is somebody's file, published perhaps: it is not written to. */
function canHold(stats: Stats, stored: FlatRanges, { sizeBytes }: Entry): boolean {
  if (!stats.isFile() || stats.nlink > 1 || stats.size > sizeBytes) return false
  const layout = new Layout(sizeBytes)
  const last = stored.at(-1)
  return last === undefined || stats.size >= layout.offsetBytes(last) + layout.plainBytes(last)
}
