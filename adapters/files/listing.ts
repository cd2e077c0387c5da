import { isUtf8 } from 'node:buffer'
import fs from 'node:fs/promises'
import type { Entry } from '../../machines/messages.ts'
import { toEntry } from './entry.ts'
import { checkPath, type System } from './names.ts'
import type { Directory } from './walk.ts'

/** Enough to keep the thread pool busy, and few enough for other disk work to get its turn. */
const STATS_AT_ONCE = 64

/**
 * The regular files in `directory` that a peer could ask for by name, sorted by path in code units.
 * What has a name that cannot be said, or cannot be looked at, is passed over.
 */
export async function listDirectory(
  directory: Directory,
  system: System,
): Promise<readonly Entry[]> {
  const names = await fs.readdir(directory.at('.'), { encoding: 'buffer' })
  const entries: Entry[] = []
  for (let first = 0; first < names.length; first += STATS_AT_ONCE) {
    const some = names.slice(first, first + STATS_AT_ONCE)
    const found = await Promise.all(some.map((name) => fileEntry(directory, name, system)))
    for (const entry of found) if (entry !== null) entries.push(entry)
  }
  return entries.sort((one, other) => (one.path < other.path ? -1 : 1))
}

async function fileEntry(
  directory: Directory,
  bytes: Buffer,
  system: System,
): Promise<Entry | null> {
  const name = bytes.toString()
  if (!isUtf8(bytes) || checkPath(name, system) !== null) return null
  try {
    const stats = await fs.lstat(directory.at(name), { bigint: true })
    return stats.isFile() ? toEntry(name, stats) : null
  } catch {
    return null
  }
}
