import type { FileHandle } from 'node:fs/promises'
import { FailureError } from '../../machines/failures.ts'
import { RECORD_BYTES } from '../../machines/limits.ts'
import type { Entry, FlatRanges } from '../../machines/messages.ts'
import { Layout } from '../../machines/recovery/layout.ts'
import { Checkpoints } from './checkpoints.ts'
import { naming } from './errors.ts'
import type { Sink } from './folder.ts'
import { type Lock, takeLock } from './lock.ts'
import { Part, releaseTarget, type Target } from './part.ts'
import { type PartNames, partNamesOf } from './part-names.ts'
import { isPublished, publishedSink } from './published-sink.ts'
import { statsOf } from './quick.ts'
import { openPart, saveJournal } from './resume-point.ts'
import { removeName } from './small-file.ts'
import { openSmallSink } from './small-sink.ts'
import { WriteQueue } from './write-queue.ts'

/** Opens the part file of a target, against other processes too; where it fails, nothing is held. */
export async function openDiskSink(target: Target): Promise<Sink> {
  const { directory, entry } = target
  const names = partNamesOf(entry)
  const lock = await takeLock(directory, names.lock)
  if (lock === null) throw new FailureError({ kind: 'busy', path: entry.path })
  try {
    const isSmall = entry.sizeBytes <= RECORD_BYTES
    return await (isSmall ? openSmallSink : openLargeSink)(target, names, lock)
  } catch (error) {
    await lock.release()
    throw error
  }
}

async function openLargeSink(target: Target, names: PartNames, lock: Lock): Promise<Sink> {
  const { directory, name, entry } = target
  if (await isPublished(directory, names.part, name, entry)) {
    await removeName(directory.at(names.part))
    await removeName(directory.at(names.journal))
    let closed: Promise<void> | null = null
    return publishedSink(entry, () => {
      closed ??= releaseTarget(target, lock)
      return closed
    })
  }
  const { handle, stored } = await openPart(directory, names, entry)
  try {
    const { ino } = await statsOf(handle.fd)
    const part = new Part(target, names, lock, handle.fd, ino)
    const journal = (records: FlatRanges) => saveJournal(directory, names, entry, records)
    return new DiskSink(entry, handle, part, stored, journal)
  } catch (error) {
    await handle.close()
    throw error
  }
}

class DiskSink implements Sink {
  readonly stored: FlatRanges
  readonly #entry: Entry
  readonly #handle: FileHandle
  readonly #part: Part
  readonly #layout: Layout
  readonly #queue: WriteQueue
  readonly #checkpoints: Checkpoints
  /** How many records it was given, now or before: the last one is waited for. */
  #taken: number
  #committed: Promise<void> | null = null
  #closed: Promise<void> | null = null

  constructor(
    entry: Entry,
    handle: FileHandle,
    part: Part,
    stored: FlatRanges,
    saveJournal: (records: FlatRanges) => Promise<void>,
  ) {
    this.stored = stored
    this.#entry = entry
    this.#handle = handle
    this.#part = part
    this.#layout = new Layout(entry.sizeBytes)
    this.#queue = new WriteQueue(handle)
    this.#checkpoints = new Checkpoints(
      {
        sync: () => handle.datasync(),
        journal: async (records) => {
          await part.requireOwn()
          await saveJournal(records)
        },
      },
      stored,
      this.#layout.recordCount,
    )
    this.#taken = this.#checkpoints.recordCount
  }

  write(offsetBytes: number, bytes: Buffer): Promise<void> {
    return naming(this.#entry.path, async () => {
      if (this.#closed !== null || this.#committed !== null) this.#part.fail('EBADF')
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
    this.#committed ??= naming(this.#entry.path, () => this.#commit())
    return this.#committed
  }

  async suspend(): Promise<void> {
    await this.#committed?.catch(() => {})
    await this.#close(() => this.#keepPart())
  }

  async discard(): Promise<void> {
    await this.#committed?.catch(() => {})
    await this.#close(() => this.#part.remove())
  }

  async #commit(): Promise<void> {
    if (this.#closed !== null) this.#part.fail('EBADF')
    await this.#rest()
    this.#checkpoints.requireSound()
    if (this.#checkpoints.recordCount !== this.#layout.recordCount) this.#part.fail('SIZE_MISMATCH')
    await this.#part.publish()
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

  async #keepPart(): Promise<void> {
    if (this.#part.isPublished) return
    await this.#checkpoints.make()
    if (!this.#checkpoints.isJournaled) await this.#part.remove()
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
    await this.#part.release()
  }
}
