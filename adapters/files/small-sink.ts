import { constants } from 'node:fs'
import { FailureError } from '../../machines/failures.ts'
import type { Entry } from '../../machines/messages.ts'
import { codeOf, naming } from './errors.ts'
import type { Sink } from './folder.ts'
import type { Lock } from './lock.ts'
import { Part, type Target } from './part.ts'
import type { PartNames } from './part-names.ts'
import { close, dropName, openAt, statsOf, writeFrom } from './quick.ts'

const WRITE_NEW = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL

/**
 * Opens a file of one record, or of none: it is written in one go, has no journal, and is begun
 * anew by whoever finds its part. So little is done to each of many that calls are made at once.
 */
export async function openSmallSink(target: Target, names: PartNames, lock: Lock): Promise<Sink> {
  const { directory, entry } = target
  const descriptor = await openNew(directory.at(names.part), entry)
  try {
    const { ino } = await statsOf(descriptor)
    return new SmallSink(entry, descriptor, new Part(target, names, lock, descriptor, ino))
  } catch (error) {
    await close(descriptor)
    throw error
  }
}

/** Removed and made anew rather than emptied: what lies there may be a symlink, or be published. */
async function openNew(place: string, { path }: Entry): Promise<number> {
  try {
    return await openAt(place, WRITE_NEW)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  }
  await dropName(place)
  try {
    return await openAt(place, WRITE_NEW)
  } catch (cause) {
    if (codeOf(cause) !== 'EEXIST') throw cause
    throw new FailureError({ kind: 'busy', path }, { cause })
  }
}

class SmallSink implements Sink {
  readonly stored = []
  readonly #entry: Entry
  readonly #descriptor: number
  readonly #part: Part
  /** What goes on, and goes on alone; it never rejects. */
  #writing: Promise<unknown> = Promise.resolve()
  #writtenBytes = 0
  #committed: Promise<void> | null = null
  #closed: Promise<void> | null = null

  constructor(entry: Entry, descriptor: number, part: Part) {
    this.#entry = entry
    this.#descriptor = descriptor
    this.#part = part
  }

  write(offsetBytes: number, bytes: Buffer): Promise<void> {
    return naming(this.#entry.path, async () => {
      if (this.#closed !== null || this.#committed !== null) this.#part.fail('EBADF')
      await this.#writing
      if (this.#writtenBytes === this.#entry.sizeBytes) return
      const written = writeFrom(this.#descriptor, bytes, offsetBytes)
      this.#writing = written.catch(() => {})
      await written
      this.#writtenBytes = bytes.length
    })
  }

  commit(): Promise<void> {
    this.#committed ??= naming(this.#entry.path, () => this.#commit())
    return this.#committed
  }

  suspend(): Promise<void> {
    return this.discard()
  }

  async discard(): Promise<void> {
    await this.#committed?.catch(() => {})
    await this.#close()
  }

  async #commit(): Promise<void> {
    if (this.#closed !== null) this.#part.fail('EBADF')
    await this.#writing
    if (this.#writtenBytes !== this.#entry.sizeBytes) this.#part.fail('SIZE_MISMATCH')
    await this.#part.publish()
    await this.#close()
  }

  #close(): Promise<void> {
    this.#closed ??= this.#giveBack()
    return this.#closed
  }

  async #giveBack(): Promise<void> {
    await this.#writing
    if (!this.#part.isPublished) await this.#part.remove()
    await close(this.#descriptor).catch(() => {})
    await this.#part.release()
  }
}
