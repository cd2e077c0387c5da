import fs from 'node:fs/promises'
import { FailureError } from '../../machines/failures.ts'
import type { Entry } from '../../machines/messages.ts'
import { toEntry } from './entry.ts'
import { codeOf } from './errors.ts'
import { type Found, isSameFile } from './target.ts'
import type { Directory } from './walk.ts'

/** What file systems without hard links answer to link(2). */
const NO_LINKS = new Set(['EPERM', 'EACCES', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'])

/** What is called `name` in `directory` now; nothing is followed or opened. */
export async function findTarget(directory: Directory, name: string): Promise<Found> {
  try {
    const stats = await fs.lstat(directory.at(name), { bigint: true })
    return stats.isFile() ? toEntry(name, stats) : 'notAFile'
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 'nothing'
    throw error
  }
}

/** Puts the finished `part` in the place of whatever file is called `name`, in one step. */
export function publishOver(directory: Directory, part: string, name: string): Promise<void> {
  return fs.rename(directory.at(part), directory.at(name))
}

/**
 * Gives the finished `part` the name `name`, clobbering nothing. The part may be left under its old
 * name too. Rejects with `exists` unless what is there is the same file already.
 */
export async function publishNew(
  directory: Directory,
  part: string,
  name: string,
  entry: Entry,
): Promise<void> {
  try {
    await linkOrMove(directory.at(part), directory.at(name))
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
    const found = await findTarget(directory, name)
    if (typeof found === 'string' || !isSameFile(found, entry)) {
      throw new FailureError({ kind: 'exists', path: entry.path }, { cause: error })
    }
  }
}

async function linkOrMove(from: string, to: string): Promise<void> {
  try {
    await fs.link(from, to)
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
