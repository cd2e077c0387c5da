import type { BigIntStats } from 'node:fs'
import { FailureError } from '../../machines/failures.ts'
import { RECORD_BYTES } from '../../machines/limits.ts'
import type { Entry } from '../../machines/messages.ts'
import { toSeconds } from './entry.ts'
import type { Lock } from './lock.ts'
import type { PartNames } from './part-names.ts'
import { publish } from './publish.ts'
import { dropName, lookAt, setTime, syncFile } from './quick.ts'
import { removeName } from './small-file.ts'
import type { Directory } from './walk.ts'

/** Where a file goes. Its sink closes `directory` when it is done. */
export interface Target {
  readonly directory: Directory
  readonly name: string
  readonly entry: Entry
  readonly replace: boolean
}

/** What is written to until it is published: a file beside its target, and the lock of that. */
export class Part {
  readonly #target: Target
  readonly #names: PartNames
  readonly #lock: Lock
  readonly #descriptor: number
  readonly #inode: bigint
  #isPublished = false

  /** `descriptor` is open on the part of that inode, and stays its opener's to close. */
  constructor(target: Target, names: PartNames, lock: Lock, descriptor: number, inode: bigint) {
    this.#target = target
    this.#names = names
    this.#lock = lock
    this.#descriptor = descriptor
    this.#inode = inode
  }

  get isPublished(): boolean {
    return this.#isPublished
  }

  /** Makes what is written durable, gives it its name and makes that durable. */
  async publish(): Promise<void> {
    const { directory, name, entry, replace } = this.#target
    await setTime(this.#descriptor, toSeconds(entry.mtimeUs))
    await syncFile(this.#descriptor)
    const { size } = await this.requireOwn()
    if (size !== BigInt(entry.sizeBytes)) this.fail('SIZE_MISMATCH')
    await publish(directory, this.#names.part, name, entry, replace)
    this.#isPublished = true
    await this.#clearAway()
    await directory.sync()
  }

  /** Neither lock nor part are those of another process that took this one for dead. */
  async requireOwn(): Promise<BigIntStats> {
    const { path } = this.#target.entry
    const stats = await this.#look()
    if (stats === null) throw new FailureError({ kind: 'noSuchFile', path })
    if (stats.ino === this.#inode && (await this.#lock.isHeld())) return stats
    throw new FailureError({ kind: 'busy', path })
  }

  /** Removes it, unless it is another process's by now. */
  async remove(): Promise<void> {
    if (!(await this.#lock.isHeld())) return
    const stats = await this.#look().catch(() => null)
    if (stats === null || stats.ino === this.#inode) await this.#clearAway()
  }

  fail(code: string): never {
    throw new FailureError({ kind: 'fileError', path: this.#target.entry.path, code })
  }

  /** Frees the target for others. */
  async release(): Promise<void> {
    await releaseTarget(this.#target, this.#lock)
  }

  #look(): Promise<BigIntStats | null> {
    return lookAt(this.#target.directory.at(this.#names.part))
  }

  /** Nobody could do anything about what stays: it is hidden, and collected sooner or later. */
  async #clearAway(): Promise<void> {
    const { directory, entry } = this.#target
    const place = directory.at(this.#names.part)
    const isSmall = entry.sizeBytes <= RECORD_BYTES
    // The last name of a large file takes a while to remove, since its bytes go with it.
    await (this.#isPublished || isSmall ? dropName(place) : removeName(place)).catch(() => {})
    if (!isSmall) await removeName(directory.at(this.#names.journal)).catch(() => {})
  }
}

export async function releaseTarget({ directory }: Target, lock: Lock): Promise<void> {
  await lock.release()
  await directory.close()
}
