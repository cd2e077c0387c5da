import { constants } from 'node:fs'
import fs, { type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf } from './errors.ts'
import { syncTogether } from './shared-sync.ts'

const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY
const UNLINKED_FOLDER = FOLDER | constants.O_NOFOLLOW
/** What file systems answer that cannot sync a folder. */
const NO_FOLDER_SYNC = new Set(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EBADF'])

/** A folder that is being worked in, until it is closed. */
export interface Directory {
  /** A path that reaches `name` in this very folder. The name itself may still be a symlink. */
  at(name: string): string
  /** The same for two directories exactly when they are the same folder on disk. */
  identity(): Promise<string>
  /** Makes the names in it durable, where the system can. */
  sync(): Promise<void>
  /** Never rejects: nothing was written through it. */
  close(): Promise<void>
}

/**
 * Opens `root`, then one part after the other below it, following no symlink but those in `root`.
 * Rejects with the system's error: ENOENT, and ENOTDIR for whatever else is in the way.
 */
export function openDirectory(root: string, parts: readonly string[]): Promise<Directory> {
  return process.platform === 'linux' ? openByHandle(root, parts) : openByPath(root, parts)
}

/**
 * Each folder is opened through the descriptor of the one before it, as openat(2) would, and names
 * are reached through the last one: whatever is renamed or swapped meanwhile, no check-then-use gap.
 */
async function openByHandle(root: string, parts: readonly string[]): Promise<Directory> {
  let handle = await fs.open(root, FOLDER)
  for (const part of parts) {
    const parent = handle
    try {
      handle = await fs.open(`/proc/self/fd/${parent.fd}/${part}`, UNLINKED_FOLDER)
    } finally {
      await closeQuietly(parent)
    }
  }
  const identity = once(() => identityOf(handle))
  return {
    at: (name) => `/proc/self/fd/${handle.fd}/${name}`,
    identity,
    sync: async () => syncTogether(await identity(), () => syncFolder(handle)),
    close: () => closeQuietly(handle),
  }
}

/**
 * Systems without /proc have no openat(2) that Node could reach. Every part is looked at first,
 * which leaves a gap: whoever may write in the folder can swap a part for a symlink after the look.
 */
async function openByPath(root: string, parts: readonly string[]): Promise<Directory> {
  let path = root
  if (!(await fs.stat(path)).isDirectory()) throw notADirectory(path)
  for (const part of parts) {
    path = join(path, part)
    if (!(await fs.lstat(path)).isDirectory()) throw notADirectory(path)
  }
  const identity = once(() => identityOf({ stat: (options) => fs.stat(path, options) }))
  return {
    at: (name) => join(path, name),
    identity,
    sync: async () => syncTogether(await identity(), () => syncPath(path)),
    close: () => Promise.resolve(),
  }
}

function notADirectory(path: string): Error {
  return Object.assign(new Error(`${path} is not a folder`), { code: 'ENOTDIR' })
}

function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | null = null
  return () => {
    result ??= work()
    return result
  }
}

async function identityOf(folder: {
  stat(options: { bigint: true }): Promise<{ readonly dev: bigint; readonly ino: bigint }>
}): Promise<string> {
  const { dev, ino } = await folder.stat({ bigint: true })
  return `${dev}:${ino}`
}

async function syncPath(path: string): Promise<void> {
  // Windows opens no folder for syncing; its journal orders the names.
  if (process.platform === 'win32') return
  const handle = await fs.open(path, FOLDER)
  try {
    await syncFolder(handle)
  } finally {
    await closeQuietly(handle)
  }
}

async function syncFolder(handle: FileHandle): Promise<void> {
  try {
    await handle.sync()
  } catch (error) {
    if (!NO_FOLDER_SYNC.has(codeOf(error))) throw error
  }
}

async function closeQuietly(handle: FileHandle): Promise<void> {
  await handle.close().catch(() => {})
}
