import { constants } from 'node:fs'
import fs from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf } from './errors.ts'
import { close, openAt, statsOf, syncFile } from './quick.ts'
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
  let folder = await openAt(root, FOLDER)
  for (const part of parts) {
    const parent = folder
    try {
      folder = await openAt(`/proc/self/fd/${parent}/${part}`, UNLINKED_FOLDER)
    } finally {
      await closeQuietly(parent)
    }
  }
  const identity = once(async () => identityOf(await statsOf(folder)))
  return {
    at: (name) => `/proc/self/fd/${folder}/${name}`,
    identity,
    sync: async () => syncTogether(await identity(), () => syncFolder(folder)),
    close: () => closeQuietly(folder),
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
  const identity = once(async () => identityOf(await fs.stat(path, { bigint: true })))
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

function identityOf({ dev, ino }: { readonly dev: bigint; readonly ino: bigint }): string {
  return `${dev}:${ino}`
}

async function syncPath(path: string): Promise<void> {
  // Windows opens no folder for syncing; its journal orders the names.
  if (process.platform === 'win32') return
  const folder = await openAt(path, FOLDER)
  try {
    await syncFolder(folder)
  } finally {
    await closeQuietly(folder)
  }
}

async function syncFolder(descriptor: number): Promise<void> {
  try {
    await syncFile(descriptor)
  } catch (error) {
    if (!NO_FOLDER_SYNC.has(codeOf(error))) throw error
  }
}

async function closeQuietly(descriptor: number): Promise<void> {
  await close(descriptor).catch(() => {})
}
