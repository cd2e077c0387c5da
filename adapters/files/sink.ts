import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import fs, { type FileHandle } from 'node:fs/promises'
import { type Failure, FailureError } from '../../machines/failures.ts'
import type { Entry } from '../../machines/messages.ts'
import { toSeconds } from './entry.ts'
import { codeOf, naming } from './errors.ts'
import type { Sink } from './folder.ts'
import { OWN_PREFIX } from './names.ts'
import { publishNew, publishOver } from './publish.ts'
import type { Directory } from './walk.ts'

const WRITE_NEW = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL

/** Where a file goes. The sink closes `directory` and calls `release` when it is done with both. */
export interface Target {
  readonly directory: Directory
  readonly name: string
  readonly entry: Entry
  readonly replace: boolean
  release(): void
}

/** The part file of `entry`: the same version of the same file has the same one on every run. */
function partName({ path, sizeBytes, mtimeUs }: Entry): string {
  const version = JSON.stringify([path, sizeBytes, mtimeUs])
  const id = createHash('sha256').update(version).digest('hex').slice(0, 16)
  return `${OWN_PREFIX}${id}.part`
}

/** Starts a part file; what a crashed run left of it is thrown away. */
export async function openDiskSink(target: Target): Promise<Sink> {
  const part = partName(target.entry)
  const place = target.directory.at(part)
  // Removed and made anew rather than opened: what lies there may be a symlink, or still be
  // written to by another process, which then finds out before it publishes.
  await fs.unlink(place).catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw error
  })
  const handle = await fs.open(place, WRITE_NEW, 0o666).catch((error: unknown) => {
    if (codeOf(error) !== 'EEXIST') throw error
    throw new FailureError({ kind: 'busy', path: target.entry.path }, { cause: error })
  })
  try {
    const { ino } = await handle.stat({ bigint: true })
    return new DiskSink(target, part, handle, ino)
  } catch (error) {
    await handle.close()
    throw error
  }
}

class DiskSink implements Sink {
  readonly stored = []
  suspend() {
    return this.discard()
  }
  readonly #target: Target
  readonly #part: string
  readonly #handle: FileHandle
  readonly #inode: bigint
  #committed: Promise<void> | null = null
  #closed: Promise<void> | null = null

  constructor(target: Target, part: string, handle: FileHandle, inode: bigint) {
    this.#target = target
    this.#part = part
    this.#handle = handle
    this.#inode = inode
  }

  write(offsetBytes: number, bytes: Buffer): Promise<void> {
    return naming(this.#target.entry.path, async () => {
      let done = 0
      while (done < bytes.length) {
        const left = bytes.length - done
        const written = await this.#handle.write(bytes, done, left, offsetBytes + done)
        done += written.bytesWritten
      }
    })
  }

  commit(): Promise<void> {
    this.#committed ??= naming(this.#target.entry.path, () => this.#commit())
    return this.#committed
  }

  async discard(): Promise<void> {
    await this.#committed?.catch(() => {})
    await this.#close()
  }

  async #commit(): Promise<void> {
    const { directory, name, entry, replace } = this.#target
    const { path } = entry
    const { size } = await this.#handle.stat()
    if (size !== entry.sizeBytes) this.#fail({ kind: 'fileError', path, code: 'SIZE_MISMATCH' })
    await this.#handle.utimes(new Date(), toSeconds(entry.mtimeUs))
    await this.#handle.sync()
    if (!(await this.#ownsPart())) this.#fail({ kind: 'busy', path })
    if (replace) await publishOver(directory, this.#part, name)
    else await publishNew(directory, this.#part, name, entry)
    await this.#removePart()
    await directory.sync()
    await this.#close()
  }

  #fail(failure: Failure): never {
    throw new FailureError(failure)
  }

  /** Another process that started the same part has put its own in the place of ours. */
  async #ownsPart(): Promise<boolean> {
    const { ino } = await fs.lstat(this.#target.directory.at(this.#part), { bigint: true })
    return ino === this.#inode
  }

  /** Nobody could do anything about a part that stays: it is hidden, and the next run removes it. */
  async #removePart(): Promise<void> {
    try {
      if (await this.#ownsPart()) await fs.unlink(this.#target.directory.at(this.#part))
    } catch {}
  }

  #close(): Promise<void> {
    this.#closed ??= this.#giveBack()
    return this.#closed
  }

  /** Whatever fails, the target is freed; bytes that mattered are synced before. */
  async #giveBack(): Promise<void> {
    await this.#handle.close().catch(() => {})
    await this.#removePart()
    await this.#target.directory.close()
    this.#target.release()
  }
}
