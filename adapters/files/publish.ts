import fs from 'node:fs/promises'
import { FailureError } from '../../machines/failures.ts'
import type { Entry } from '../../machines/messages.ts'
import { toEntry } from './entry.ts'
import { codeOf } from './errors.ts'
import { addName, lookAt } from './quick.ts'
import { type Found, isSameFile, twinFailure } from './target.ts'
import { isTwin } from './twins.ts'
import type { Directory } from './walk.ts'

/** What file systems without hard links answer to link(2). */
const NO_LINKS = new Set(['EPERM', 'EACCES', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'])

/** What is called `name` in `directory` now; nothing is followed or opened. */
export async function findTarget(directory: Directory, name: string): Promise<Found> {
  const stats = await lookAt(directory.at(name))
  if (stats === null) return 'nothing'
  if (!stats.isFile()) return 'notAFile'
  return (await isTwin(directory, name, stats)) ? 'twin' : toEntry(name, stats)
}

/**
 * Gives the finished `part` the name `name` in one step, clobbering nothing but, with `replace`, the
 * file of that very name. The part may be left under its old name too. Rejects with `exists` unless
 * what is there is the same file already, and with `badName` when it has another name.
 */
export async function publish(
  directory: Directory,
  part: string,
  name: string,
  entry: Entry,
  replace: boolean,
): Promise<void> {
  try {
    await linkOrMove(directory.at(part), directory.at(name))
  } catch (cause) {
    if (codeOf(cause) !== 'EEXIST') throw cause
    const found = await findTarget(directory, name)
    if (found === 'twin') throw new FailureError(twinFailure(entry.path), { cause })
    if (replace) return fs.rename(directory.at(part), directory.at(name))
    if (typeof found === 'string' || !isSameFile(found, entry)) {
      throw new FailureError({ kind: 'exists', path: entry.path }, { cause })
    }
  }
}

async function linkOrMove(from: string, to: string): Promise<void> {
  try {
    await addName(from, to)
  } catch (error) {
    if (!NO_LINKS.has(codeOf(error))) throw error
    await moveToFreeName(from, to)
  }
}

/**
 * For file systems without hard links, such as FAT: an empty file takes the name, then is moved
 * over. There is a gap: a reader may see the empty file, a crash may leave it, and what somebody
 * else puts in its place in between is lost.
 */
async function moveToFreeName(from: string, to: string): Promise<void> {
  await (await fs.open(to, 'wx')).close()
  try {
    await fs.rename(from, to)
  } catch (error) {
    await fs.unlink(to).catch(() => {})
    throw error
  }
}
