import type { Stats } from 'node:fs'
import fs from 'node:fs/promises'
import { PART_DAYS_MAX } from '../../machines/limits.ts'
import { takeLock } from './lock.ts'
import { type PartNames, partNamesFrom, stemOf } from './part-names.ts'
import { removeName } from './small-file.ts'
import type { Directory } from './walk.ts'

const DAY_MS = 86_400_000

/**
 * Removes from `directory` what no later sink would take up: parts that are published or were idle
 * for PART_DAYS_MAX, and what stands beside no part. Never rejects, and leaves what is in use.
 */
export async function collectParts(directory: Directory): Promise<void> {
  const all = await fs.readdir(directory.at('.')).catch(() => [])
  const stems = new Map<string, string[]>()
  for (const name of all) {
    const stem = stemOf(name)
    if (stem !== null) stems.set(stem, [...(stems.get(stem) ?? []), name])
  }
  for (const [stem, names] of stems) {
    await collect(directory, partNamesFrom(stem), names).catch(() => {})
  }
}

async function collect(
  directory: Directory,
  own: PartNames,
  names: readonly string[],
): Promise<void> {
  if (!(await isLitter(directory, own))) return
  const lock = await takeLock(directory, own.lock)
  if (lock === null) return
  try {
    if (!(await isLitter(directory, own))) return
    for (const name of names) if (name !== own.lock) await removeName(directory.at(name))
  } finally {
    await lock.release()
  }
}

async function isLitter(directory: Directory, own: PartNames): Promise<boolean> {
  const part = await statsOf(directory, own.part)
  if (part === null || part.nlink > 1) return true
  // A part that was about to be published bears the time of its source, which may be long ago.
  const journal = await statsOf(directory, own.journal)
  const touchedMs = Math.max(part.mtimeMs, journal?.mtimeMs ?? 0)
  return touchedMs < Date.now() - PART_DAYS_MAX * DAY_MS
}

async function statsOf(directory: Directory, name: string): Promise<Stats | null> {
  return fs.lstat(directory.at(name)).catch(() => null)
}
