import type { BigIntStats } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { FailureError } from '../../machines/failures.ts'
import type { Entry, FlatRanges } from '../../machines/messages.ts'
import { Layout } from '../../machines/recovery/layout.ts'
import { Checkpoints } from './checkpoints.ts'
import { toSeconds } from './entry.ts'
import { naming } from './errors.ts'
import type { Sink } from './folder.ts'
import { type Lock, takeLock } from './lock.ts'
import { type PartNames, partNamesOf } from './part-names.ts'
import { publish } from './publish.ts'
import { isPublished, publishedSink } from './published-sink.ts'
import { lookAt, setTime, statsOf } from './quick.ts'
import { openPart, saveJournal } from './resume-point.ts'
import { removeName } from './small-file.ts'
import type { Directory } from './walk.ts'
import { WriteQueue } from './write-queue.ts'

/** Where a file goes. The sink closes `directory` when it is done. */
export interface Target {
  readonly directory: Directory
  readonly name: string
  readonly entry: Entry
  readonly replace: boolean
}

/** Opens the part file of a target, against other processes too; where it fails, nothing is held. */
export async function openDiskSink(target: Target): Promise<Sink> {
  const { directory, entry } = target
  const names = partNamesOf(entry)
  const lock = await takeLock(directory, names.lock)
  if (lock === null) throw new FailureError({ kind: 'busy', path: entry.path })
  try {
    return await openLocked(target, names, lock)
  } catch (error) {
    await lock.release()
    throw error
  }
}

async function openLocked(target: Target, names: PartNames, lock: Lock): Promise<Sink> {
  const { directory, name, entry } = target
  if (await isPublished(directory, names.part, name, entry)) {
    await removeName(directory.at(names.part))
    await removeName(directory.at(names.journal))
    let closed: Promise<void> | null = null
    return publishedSink(entry, () => {
      closed ??= giveBack(target, lock)
      return closed
    })
  }
  const { handle, stored } = await openPart(directory, names, entry)
  try {
    const { ino } = await statsOf(handle.fd)
    return new DiskSink(target, names, lock, { handle, inode: ino, stored })
  } catch (error) {
    await handle.close()
    throw error
  }
}

async function giveBack(target: Target, lock: Lock): Promise<void> {
  await lock.release()
  await target.directory.close()
}

interface OpenPart {
  readonly handle: FileHandle
  readonly inode: bigint
  readonly stored: FlatRanges
}

class DiskSink implements Sink {
  readonly stored: FlatRanges
  readonly #target: Target
  readonly #names: PartNames
  readonly #lock: Lock
  readonly #handle: FileHandle
  readonly #inode: bigint
  readonly #layout: Layout
  readonly #queue: WriteQueue
  readonly #checkpoints: Checkpoints
  /** How many records it was given, now or before: the last one is waited for. */
  #taken: number
  #isPublished = false
  #committed: Promise<void> | null = null
  #closed: Promise<void> | null = null

  constructor(target: Target, names: PartNames, lock: Lock, { handle, inode, stored }: OpenPart) {
    this.stored = stored
    this.#target = target
    this.#names = names
    this.#lock = lock
    this.#handle = handle
    this.#inode = inode
    this.#layout = new Layout(target.entry.sizeBytes)
    this.#queue = new WriteQueue(handle)
    this.#checkpoints = new Checkpoints(
      {
        sync: () => handle.datasync(),
        journal: async (records) => {
          await this.#requireOwnPart()
          await saveJournal(target.directory, names, target.entry, records)
        },
      },
      stored,
      this.#layout.recordCount,
    )
    this.#taken = this.#checkpoints.recordCount
  }

  write(offsetBytes: number, bytes: Buffer): Promise<void> {
    return naming(this.#target.entry.path, async () => {
      if (this.#closed !== null || this.#committed !== null) this.#fail('EBADF')
      this.#checkpoints.requireSound()
      const { first, last } = this.#layout.recordsWithin(offsetBytes, bytes.length)
      if (first <= last && this.#areWritten(first, last)) return
      const written = this.#queue.write(offsetBytes, bytes)
      this.#taken += last - first + 1
      if (this.#taken >= this.#layout.recordCount) this.#queue.hurry()
      await written
      if (first <= last) this.#checkpoints.add(first, last, bytes.length)
    })
  }

  commit(): Promise<void> {
    this.#committed ??= naming(this.#target.entry.path, () => this.#commit())
    return this.#committed
  }

  async suspend(): Promise<void> {
    await this.#committed?.catch(() => {})
    await this.#close(() => this.#keepPart())
  }

  async discard(): Promise<void> {
    await this.#committed?.catch(() => {})
    await this.#close(() => this.#removePart())
  }

  async #commit(): Promise<void> {
    if (this.#closed !== null) this.#fail('EBADF')
    const { directory, name, entry, replace } = this.#target
    await this.#rest()
    this.#checkpoints.requireSound()
    if (this.#checkpoints.recordCount !== this.#layout.recordCount) this.#fail('SIZE_MISMATCH')
    await setTime(this.#handle, toSeconds(entry.mtimeUs))
    await this.#handle.sync()
    const { size } = await this.#requireOwnPart()
    if (size !== BigInt(entry.sizeBytes)) this.#fail('SIZE_MISMATCH')
    await publish(directory, this.#names.part, name, entry, replace)
    this.#isPublished = true
    await this.#clearAway()
    await directory.sync()
    await this.#close(async () => {})
  }

  #areWritten(first: number, last: number): boolean {
    for (let record = first; record <= last; record += 1) {
      if (!this.#checkpoints.has(record)) return false
    }
    return true
  }

  /** Waits until nothing is being written or made durable. */
  async #rest(): Promise<void> {
    await this.#queue.idle()
    await this.#checkpoints.settle()
  }

  #fail(code: string): never {
    throw new FailureError({ kind: 'fileError', path: this.#target.entry.path, code })
  }

  /** Neither lock nor part are those of another process that took this one for dead. */
  async #requireOwnPart(): Promise<BigIntStats> {
    const stats = await this.#lookAtPart()
    if (stats === null)
      throw new FailureError({ kind: 'noSuchFile', path: this.#target.entry.path })
    if (stats.ino === this.#inode && (await this.#lock.isHeld())) return stats
    throw new FailureError({ kind: 'busy', path: this.#target.entry.path })
  }

  #lookAtPart(): Promise<BigIntStats | null> {
    return lookAt(this.#target.directory.at(this.#names.part))
  }

  async #keepPart(): Promise<void> {
    if (this.#isPublished) return
    if (this.#layout.recordCount > 1) await this.#checkpoints.make()
    if (!this.#checkpoints.isJournaled) await this.#removePart()
  }

  async #removePart(): Promise<void> {
    if (!(await this.#lock.isHeld())) return
    const stats = await this.#lookAtPart().catch(() => null)
    if (stats === null || stats.ino === this.#inode) await this.#clearAway()
  }

  /** Nobody could do anything about what stays: it is hidden, and collected sooner or later. */
  async #clearAway(): Promise<void> {
    const { directory } = this.#target
    const { part, journal } = this.#names
    await removeName(directory.at(part)).catch(() => {})
    if (this.#layout.recordCount > 1) await removeName(directory.at(journal)).catch(() => {})
  }

  #close(settlePart: () => Promise<void>): Promise<void> {
    this.#closed ??= this.#giveBack(settlePart)
    return this.#closed
  }

  /** Whatever fails, the target is freed; bytes that mattered are synced before. */
  async #giveBack(settlePart: () => Promise<void>): Promise<void> {
    await this.#rest()
    await settlePart()
    await this.#handle.close().catch(() => {})
    await giveBack(this.#target, this.#lock)
  }
}
