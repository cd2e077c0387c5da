import type { Stats } from 'node:fs'
import fs from 'node:fs/promises'
import { PART_DAYS_MAX } from '../../machines/limits.ts'
import { takeLock } from './lock.ts'
import { companionsOf, type PartNames } from './part-names.ts'
import { removeName } from './small-file.ts'
import type { Directory } from './walk.ts'

const DAY_MS = 86_400_000

/**
 * Removes from `directory` what no later sink would take up: parts that are published or were idle
 * for PART_DAYS_MAX, and what stands beside no part. Never rejects, and leaves what is in use.
 */
export async function collectParts(directory: Directory): Promise<void> {
  const all = await fs.readdir(directory.at('.')).catch(() => [])
  const byLock = new Map<string, string[]>()
  for (const name of all) {
    const own = companionsOf(name)
    if (own !== null) byLock.set(own.lock, [...(byLock.get(own.lock) ?? []), name])
  }
  for (const [lock, names] of byLock) await collect(directory, lock, names).catch(() => {})
}

async function collect(
  directory: Directory,
  lockName: string,
  names: readonly string[],
): Promise<void> {
  if ((await litterAmong(directory, names)).length === 0) return
  const lock = await takeLock(directory, lockName)
  if (lock === null) return
  try {
    for (const name of await litterAmong(directory, names)) {
      if (name !== lockName) await removeName(directory.at(name))
    }
  } finally {
    await lock.release()
  }
}

/** Which of the names around one target are litter: its lock too, where no part is left. */
async function litterAmong(
  directory: Directory,
  names: readonly string[],
): Promise<readonly string[]> {
  const ofParts: string[] = []
  const litter: string[] = []
  for (const name of names) {
    const own = companionsOf(name)?.names ?? null
    if (own === null) continue
    ofParts.push(name)
    if (await isLitter(directory, own)) litter.push(name)
  }
  return litter.length === ofParts.length ? names : litter
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
