import type { BigIntStats } from 'node:fs'
import { FailureError } from '../../machines/failures.ts'
import { UNCHECKED_BYTES_MAX } from '../../machines/limits.ts'
import type { Entry } from '../../machines/messages.ts'
import { toEntry } from './entry.ts'
import { naming } from './errors.ts'
import type { Source } from './folder.ts'
import { close, lookAt, openAt, readInto, statsOf } from './quick.ts'
import { READ } from './small-file.ts'
import type { Directory } from './walk.ts'

/** Opens `name` in `directory`, which the peer calls `path`; the directory may be closed after. */
export async function openDiskSource(
  directory: Directory,
  name: string,
  path: string,
): Promise<Source> {
  const place = directory.at(name)
  // Looked at before it is opened, since merely opening a device can have an effect, and again
  // once it is open, since only the descriptor is known to be what will be read.
  requireFile(await lookAt(place), path)
  const descriptor = await openAt(place, READ)
  try {
    const stats = await statsOf(descriptor)
    requireFile(stats, path)
    return new DiskSource(descriptor, stats, toEntry(path, stats))
  } catch (error) {
    await close(descriptor)
    throw error
  }
}

/** The entry of the file `name` in `directory`, which nothing is opened for. */
export async function findDiskSource(
  directory: Directory,
  name: string,
  path: string,
): Promise<Entry> {
  return toEntry(path, requireFile(await lookAt(directory.at(name)), path))
}

function requireFile(stats: BigIntStats | null, path: string): BigIntStats {
  if (stats === null) throw new FailureError({ kind: 'noSuchFile', path })
  if (!stats.isFile()) throw new FailureError({ kind: 'notAFile', path })
  return stats
}

class DiskSource implements Source {
  readonly entry: Entry
  readonly #descriptor: number
  #closed: Promise<void> | null = null
  readonly #opened: BigIntStats
  #uncheckedBytes = 0

  constructor(descriptor: number, opened: BigIntStats, entry: Entry) {
    this.entry = entry
    this.#descriptor = descriptor
    this.#opened = opened
  }

  read(offsetBytes: number, lengthBytes: number, into?: Buffer): Promise<Buffer> {
    return naming(this.entry.path, async () => {
      const bytes = into?.subarray(0, lengthBytes) ?? Buffer.allocUnsafe(lengthBytes)
      let done = 0
      while (done < lengthBytes) {
        const count = await readInto(this.#descriptor, bytes.subarray(done), offsetBytes + done)
        if (count === 0) throw this.#changed()
        done += count
      }
      this.#uncheckedBytes += lengthBytes
      if (this.#uncheckedBytes >= UNCHECKED_BYTES_MAX) await this.#check()
      return bytes
    })
  }

  verify(): Promise<void> {
    return naming(this.entry.path, () => this.#check())
  }

  close(): Promise<void> {
    this.#closed ??= naming(this.entry.path, () => close(this.#descriptor))
    return this.#closed
  }

  async #check(): Promise<void> {
    this.#uncheckedBytes = 0
    const now = await statsOf(this.#descriptor)
    if (!isUnchanged(this.#opened, now)) throw this.#changed()
  }

  #changed(): FailureError {
    return new FailureError({ kind: 'sourceChanged', path: this.entry.path })
  }
}

function isUnchanged(opened: BigIntStats, now: BigIntStats): boolean {
  if (now.size !== opened.size || now.mtimeNs !== opened.mtimeNs) return false
  if (now.ino !== opened.ino || now.dev !== opened.dev) return false
  // A file opened just as it was published loses its other name, that of the part file: this
  // touches ctime and not one byte.
  const lostOtherName = opened.nlink > 1n && now.nlink === opened.nlink - 1n
  return now.ctimeNs === opened.ctimeNs || lostOtherName
}
