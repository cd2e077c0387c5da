import fs, { type BigIntStats } from 'node:fs'
import { promisify } from 'node:util'
import { RECORD_BYTES } from '../../machines/limits.ts'
import { codeOf } from './errors.ts'

/** How long after its first call a turn of the event loop makes others: datagrams wait meanwhile. */
const TURN_MS_MAX = 2
/** After a call that took longer, how many times as long the pool is used: a tenth at most is lost. */
const REST_FACTOR = 10

/** The thread pool's calls on plain descriptors, which node:fs/promises does not have. */
const pool = {
  open: promisify(fs.open),
  stat: promisify(fs.fstat),
  read: promisify(fs.read),
  write: promisify(fs.write),
  setTimes: promisify(fs.futimes),
  close: promisify(fs.close),
}

/** Whoever may use the folder may use a file that is made in it, as far as the umask lets them. */
const MODE = 0o666

/**
 * Does what the kernel mostly answers from memory. To ask at once is a tenth of the work of going
 * through the thread pool. When the turn's time is spent the rest waits for the next one; when the
 * disk is slow, it is `pooled`.
 */
export class AtOnce {
  #turnBeganMs = 0
  #nextTurn: Promise<void> | null = null
  #restUntilMs = -Infinity

  async run<T>(atOnce: () => T, pooled: () => Promise<T>): Promise<T> {
    let beganMs = performance.now()
    while (this.#nextTurn !== null && beganMs - this.#turnBeganMs >= TURN_MS_MAX) {
      await this.#nextTurn
      beganMs = performance.now()
    }
    if (beganMs < this.#restUntilMs) return pooled()
    this.#nextTurn ??= this.#beginTurn(beganMs)
    try {
      return atOnce()
    } finally {
      const tookMs = performance.now() - beganMs
      if (tookMs > TURN_MS_MAX) this.#restUntilMs = beganMs + tookMs * REST_FACTOR
    }
  }

  #beginTurn(atMs: number): Promise<void> {
    this.#turnBeganMs = atMs
    return new Promise((resolve) =>
      setImmediate(() => {
        this.#nextTurn = null
        resolve()
      }),
    )
  }
}

const turns = new AtOnce()

function quickly<T>(atOnce: () => T, pooled: () => Promise<T>): Promise<T> {
  return turns.run(atOnce, pooled)
}

/** What is at `place` itself, followed nowhere; null when nothing is. */
export function lookAt(place: string): Promise<BigIntStats | null> {
  return quickly(
    () => fs.lstatSync(place, { bigint: true, throwIfNoEntry: false }) ?? null,
    () => fs.promises.lstat(place, { bigint: true }).catch(nullWhenMissing),
  )
}

/** The path that `path` leads to once symlinks were followed. */
export function realPath(path: string): Promise<string> {
  return quickly(
    () => fs.realpathSync.native(path),
    () => fs.promises.realpath(path),
  )
}

/** Where the symlink at `place` leads. */
export function readLink(place: string): Promise<string> {
  return quickly(
    () => fs.readlinkSync(place),
    () => fs.promises.readlink(place),
  )
}

/** Makes a symlink at the free name `place`, which leads to `target`. */
export function makeLink(place: string, target: string): Promise<void> {
  return quickly(
    () => fs.symlinkSync(target, place),
    () => fs.promises.symlink(target, place),
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

export function statsOf(descriptor: number): Promise<BigIntStats> {
  return quickly(
    () => fs.fstatSync(descriptor, { bigint: true }),
    () => pool.stat(descriptor, { bigint: true }),
  )
}

/** Opens a file or a folder; the flags are those of open(2). */
export function openAt(place: string, flags: number): Promise<number> {
  return quickly(
    () => fs.openSync(place, flags, MODE),
    () => pool.open(place, flags, MODE),
  )
}

/** Reads up to the end of `into` or of the file; answers how many bytes. */
export async function readInto(
  descriptor: number,
  into: Buffer,
  offsetBytes: number,
): Promise<number> {
  const read = () => pool.read(descriptor, into, 0, into.length, offsetBytes)
  const pooled = async () => (await read()).bytesRead
  if (into.length > RECORD_BYTES) return pooled()
  return quickly(() => fs.readSync(descriptor, into, 0, into.length, offsetBytes), pooled)
}

/** Writes all of `bytes`. */
export async function writeFrom(
  descriptor: number,
  bytes: Buffer,
  offsetBytes: number,
): Promise<void> {
  let done = 0
  while (done < bytes.length) {
    const [from, left, at] = [done, bytes.length - done, offsetBytes + done]
    done += await quickly(
      () => fs.writeSync(descriptor, bytes, from, left, at),
      async () => (await pool.write(descriptor, bytes, from, left, at)).bytesWritten,
    )
  }
}

/** Makes what was written durable, and its times. This is the disk's own work: never at once. */
export function syncFile(descriptor: number): Promise<void> {
  return new Promise((resolve, reject) =>
    fs.fsync(descriptor, (error) => (error === null ? resolve() : reject(error))),
  )
}

/** Closes what was only read, or is synced. */
export function close(descriptor: number): Promise<void> {
  return quickly(
    () => fs.closeSync(descriptor),
    () => pool.close(descriptor),
  )
}

/** Sets the modification time; see toSeconds. */
export function setTime(descriptor: number, seconds: string): Promise<void> {
  return quickly(
    () => fs.futimesSync(descriptor, new Date(), seconds),
    () => pool.setTimes(descriptor, new Date(), seconds),
  )
}

function nullWhenMissing(error: unknown): null {
  if (codeOf(error) === 'ENOENT') return null
  throw error
}
