import type { BigIntStats } from 'node:fs'
import fs from 'node:fs/promises'
import { type Directory, openDirectory } from './walk.ts'

/**
 * Whether `found`, which `name` reaches in `directory`, bears another name there: a file system that
 * folds case, normalises Unicode or has short names takes the two for one. Only the folder's own list
 * can tell, and it is read only where another spelling reaches the same thing.
 */
export async function isTwin(
  directory: Directory,
  name: string,
  found: BigIntStats,
): Promise<boolean> {
  if (!(await isReachedOtherwise(directory, name, found))) return false
  const asked = Buffer.from(name)
  const listed = await fs.readdir(directory.at('.'), { encoding: 'buffer' })
  return !listed.some((bytes) => bytes.equals(asked))
}

/** Whether a folder on the way from `root` to the last part of `path` is a twin. */
export async function isBehindTwin(root: string, path: string): Promise<boolean> {
  const parts = path.split('/')
  for (let depth = 0; depth < parts.length - 1; depth += 1) {
    const directory = await openDirectory(root, parts.slice(0, depth))
    try {
      const found = await fs.lstat(directory.at(parts[depth]!), { bigint: true })
      if (await isTwin(directory, parts[depth]!, found)) return true
    } finally {
      await directory.close()
    }
  }
  return false
}

async function isReachedOtherwise(
  directory: Directory,
  name: string,
  found: BigIntStats,
): Promise<boolean> {
  for (const spelling of [swapCase(name), renormalise(name)]) {
    if (spelling === name) continue
    const other = await fs.lstat(directory.at(spelling), { bigint: true }).catch(() => null)
    if (other?.ino === found.ino && other.dev === found.dev) return true
  }
  return false
}

/** Whatever folds case folds ASCII; other letters, of which each system knows its own, come second. */
function swapCase(name: string): string {
  const swapped = name.replace(/[a-z]/gi, swapLetter)
  return swapped === name ? name.replace(/\p{L}/gu, swapLetter) : swapped
}

function swapLetter(letter: string): string {
  const lower = letter.toLowerCase()
  const swapped = lower === letter ? letter.toUpperCase() : lower
  return swapped.length === letter.length ? swapped : letter
}

function renormalise(name: string): string {
  const decomposed = name.normalize('NFD')
  return decomposed === name ? name.normalize('NFC') : decomposed
}
