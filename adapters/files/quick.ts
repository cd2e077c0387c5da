import fs, { type BigIntStats } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { codeOf } from './errors.ts'

/** What a turn of the event loop may spend on the disk itself: no datagram waits longer for it. */
const TURN_MS_MAX = 2
/** After a call that took longer, how many times as long the pool is used: a tenth at most is lost. */
const REST_FACTOR = 10

let spentMs = 0
let isTurnCounted = false
let restUntilMs = -Infinity

/**
 * Does what the kernel mostly answers from memory. To ask at once is a tenth of the work of
 * going through the thread pool, which is done (`pooled`) when the turn's time is spent.
 */
export async function quickly<T>(atOnce: () => T, pooled: () => Promise<T>): Promise<T> {
  const beganMs = performance.now()
  if (spentMs >= TURN_MS_MAX || beganMs < restUntilMs) return pooled()
  countTurn()
  try {
    return atOnce()
  } finally {
    const tookMs = performance.now() - beganMs
    spentMs += tookMs
    if (tookMs > TURN_MS_MAX) restUntilMs = beganMs + tookMs * REST_FACTOR
  }
}

/** What is at `place` itself, followed nowhere; null when nothing is. */
export function lookAt(place: string): Promise<BigIntStats | null> {
  return quickly(
    () => fs.lstatSync(place, { bigint: true, throwIfNoEntry: false }) ?? null,
    () => fs.promises.lstat(place, { bigint: true }).catch(nullWhenMissing),
  )
}

/** Where the symlink at `place` leads. */
export function readLink(place: string): Promise<string> {
  return quickly(
    () => fs.readlinkSync(place),
    () => fs.promises.readlink(place),
  )
}

/** Gives the file or symlink `from` the free name `to` as well. */
export function addName(from: string, to: string): Promise<void> {
  return quickly(
    () => fs.linkSync(from, to),
    () => fs.promises.link(from, to),
  )
}

/** Removes a name that is there. */
export function dropName(place: string): Promise<void> {
  return quickly(
    () => fs.unlinkSync(place),
    () => fs.promises.unlink(place),
  )
}

/** Writes little, which goes no further than memory for now; answers how many bytes it took. */
export async function writeSlices(
  handle: FileHandle,
  slices: readonly Buffer[],
  offsetBytes: number,
): Promise<number> {
  return quickly(
    () => fs.writevSync(handle.fd, slices, offsetBytes),
    async () => (await handle.writev(slices, offsetBytes)).bytesWritten,
  )
}

export function statsOf(handle: FileHandle): Promise<BigIntStats> {
  return quickly(
    () => fs.fstatSync(handle.fd, { bigint: true }),
    () => handle.stat({ bigint: true }),
  )
}

/** Sets the modification time; see toSeconds. */
export function setTime(handle: FileHandle, seconds: string): Promise<void> {
  return quickly(
    () => fs.futimesSync(handle.fd, new Date(), seconds),
    () => handle.utimes(new Date(), seconds),
  )
}

function countTurn(): void {
  if (isTurnCounted) return
  isTurnCounted = true
  setImmediate(() => {
    isTurnCounted = false
    spentMs = 0
  })
}

function nullWhenMissing(error: unknown): null {
  if (codeOf(error) === 'ENOENT') return null
  throw error
}
