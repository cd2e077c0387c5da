import { readFileSync } from 'node:fs'
import fs from 'node:fs/promises'
import { codeOf } from './errors.ts'
import { addName, dropName, lookAt, makeLink, readLink } from './quick.ts'
import { readSmallFile, removeName } from './small-file.ts'
import type { Directory } from './walk.ts'

const LOCK_BYTES_MAX = 64
/** What systems answer that have no symlinks, or give them to the privileged alone. */
const NO_SYMLINKS = new Set(['EPERM', 'EACCES', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL'])
/** A lock file without a name in it is being written just now, unless it is older than this. */
const UNSIGNED_MS_MAX = 10_000

/**
 * What this process holds, by folder: a lock that bears its name and is not among these was left
 * behind. True while it is sure to be on disk.
 */
const held = new Map<string, Map<string, boolean>>()
/** Who this process is, once somebody asked. */
let ownSignature: string | null = null

/** The right to write a target, against every process that sees this one's process number. */
export interface Lock {
  /** False once somebody took this process for dead, and the target with it. */
  isHeld(): Promise<boolean>
  /** Never rejects: a lock that stays is known to be stale by who is named in it. */
  release(): Promise<void>
}

/**
 * Takes the lock `name` in `directory`, from a process that died if need be; null when a living
 * one has it. Processes that do not see each other, on two machines that share a folder or in two
 * containers, take each other for dead: the first one finds out before it journals or publishes.
 * Where there is no /proc, a process number that was given out again keeps a lock busy.
 */
export async function takeLock(directory: Directory, name: string): Promise<Lock | null> {
  const identity = await directory.identity()
  if (held.get(identity)?.has(name) === true) return null
  hold(identity, name, false)
  try {
    const place = directory.at(name)
    ownSignature ??= signatureOf(process.pid)
    const own = ownSignature
    const isLinked = await isLinkedToHeld(directory, name, identity, own)
    if (isLinked || (await isTaken(directory, name, own))) {
      hold(identity, name, true)
      return {
        isHeld: async () => (await readLock(place)) === own,
        release: async () => {
          hold(identity, name, false)
          if ((await readLock(place)) === own) await dropName(place).catch(() => {})
          letGo(identity, name)
        },
      }
    }
  } catch (error) {
    letGo(identity, name)
    throw error
  }
  letGo(identity, name)
  return null
}

function hold(identity: string, name: string, isOnDisk: boolean): void {
  const names = held.get(identity) ?? new Map<string, boolean>()
  held.set(identity, names.set(name, isOnDisk))
}

function letGo(identity: string, name: string): void {
  const names = held.get(identity)
  names?.delete(name)
  if (names?.size === 0) held.delete(identity)
}

/** Whether somebody alive has the lock. Touches nothing. */
export async function isLocked(directory: Directory, name: string): Promise<boolean> {
  const place = directory.at(name)
  const isFree = (await lookAt(place).catch(() => null)) === null
  const signature = isFree ? null : await readLock(place)
  if (signature === null) return false
  if (await isAlive(place, signature)) return true
  return held.get(await directory.identity())?.has(name) === true
}

/**
 * Another lock of this process in the folder lends its symlink, which gets a second name: file
 * systems slow down when thousands of files are made and removed again, as ext4 does by looking at
 * each that was removed of late before it makes one. False when there is none to lend, when it
 * cannot be done, and when the one to be lent is another process's by now.
 */
async function isLinkedToHeld(
  directory: Directory,
  name: string,
  identity: string,
  own: string,
): Promise<boolean> {
  // Elsewhere link(2) may follow what it is to link.
  if (process.platform !== 'linux') return false
  const lender = [...(held.get(identity) ?? [])].findLast(([, isOnDisk]) => isOnDisk)?.[0]
  if (lender === undefined) return false
  const place = directory.at(name)
  try {
    await addName(directory.at(lender), place)
  } catch {
    return false
  }
  if ((await readLock(place)) === own) return true
  await dropName(place)
  return false
}

async function isTaken(directory: Directory, name: string, own: string): Promise<boolean> {
  const place = directory.at(name)
  if (await isCreated(place, own)) return true
  return (await isMovedAside(directory, name)) && isCreated(place, own)
}

/** A lock is a symlink that leads nowhere but to its signature: one call makes it, one reads it. */
async function isCreated(place: string, signature: string): Promise<boolean> {
  try {
    await makeLink(place, signature)
    return true
  } catch (error) {
    if (NO_SYMLINKS.has(codeOf(error))) return isCreatedAsFile(place, signature)
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

async function isCreatedAsFile(place: string, signature: string): Promise<boolean> {
  try {
    await fs.writeFile(place, signature, { flag: 'wx' })
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    await removeName(place).catch(() => {})
    throw error
  }
}

/** Null when there is none; '' when it says nothing. */
async function readLock(place: string): Promise<string | null> {
  try {
    return await readLink(place)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null
    return (await readSmallFile(place, LOCK_BYTES_MAX))?.toString() ?? ''
  }
}

/**
 * Clears away a dead process's lock. It is moved before it is removed, since only then it is known
 * which one it was: that of a process which was faster is put back.
 */
async function isMovedAside(directory: Directory, name: string): Promise<boolean> {
  const place = directory.at(name)
  const dead = await readLock(place)
  if (dead !== null && (await isAlive(place, dead))) return false
  const aside = directory.at(`${name}-${process.pid}`)
  await fs.rename(place, aside).catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw error
  })
  const moved = await readLock(aside)
  const isDead = moved === null || moved === dead
  if (!isDead) await isCreated(place, moved).catch(() => {})
  await removeName(aside).catch(() => {})
  return isDead
}

async function isAlive(place: string, signature: string): Promise<boolean> {
  const pid = Number(/^(\d+) \d*\n$/.exec(signature)?.[1] ?? 0)
  if (pid === process.pid) return false
  if (pid > 0) return signature === signatureOf(pid)
  const stats = await fs.lstat(place).catch(() => null)
  return stats !== null && stats.mtimeMs > Date.now() - UNSIGNED_MS_MAX
}

/** Who a process is: its number and, where that can be known, when it started; '' when dead. */
function signatureOf(pid: number): string {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (codeOf(error) === 'ESRCH') return ''
  }
  if (process.platform !== 'linux') return `${pid} \n`
  const stat = statOf(pid)
  // The second field is a name that may hold anything; state and start time are 3rd and 22nd.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const isDead = fields[0] === 'Z' || fields[0] === 'X'
  return isDead ? '' : `${pid} ${fields[19] ?? ''}\n`
}

/** What the kernel tells of a process, made up in memory as it is read; '' when there is none. */
function statOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'latin1')
  } catch {
    return ''
  }
}
