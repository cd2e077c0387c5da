import { type Failure, FailureError } from '../../machines/failures.ts'
import { JOURNAL_RANGES_MAX, UNSYNCED_BYTES_MAX } from '../../machines/limits.ts'
import type { Entry, FlatRanges } from '../../machines/messages.ts'
import { Layout } from '../../machines/recovery/layout.ts'
import { RangeSet } from '../../machines/recovery/ranges.ts'
import type { Sink } from './folder.ts'

/** What is kept of one version of one file while it is received, and between two sinks. */
export class MemoryPart {
  readonly layout: Layout
  touchedAtMs = Date.now()
  /** The records that outlive a crash. */
  journaled: FlatRanges = []
  #bytes: Buffer
  #sizeBytes = 0
  #written = new RangeSet()
  #unsyncedBytes = 0

  constructor(entry: Entry) {
    this.layout = new Layout(entry.sizeBytes)
    this.#bytes = Buffer.alloc(entry.sizeBytes)
  }

  /** All of it; null when a record is missing or it is not as long as it should be. */
  whole(): Buffer | null {
    const isWhole = this.#written.size === this.layout.recordCount
    return isWhole && this.#sizeBytes === this.layout.totalBytes ? this.#bytes : null
  }

  write(offsetBytes: number, bytes: Buffer): void {
    const { first, last } = this.layout.recordsWithin(offsetBytes, bytes.length)
    this.touchedAtMs = Date.now()
    this.#bytes.set(bytes, offsetBytes)
    this.#sizeBytes = Math.max(this.#sizeBytes, offsetBytes + bytes.length)
    if (first > last) return
    this.#written.add(first, last)
    this.#unsyncedBytes += bytes.length
    if (this.#unsyncedBytes >= UNSYNCED_BYTES_MAX) this.journal()
  }

  journal(): void {
    this.#unsyncedBytes = 0
    this.journaled = this.#written.lowest(JOURNAL_RANGES_MAX)
  }

  /** Forgets what was not journaled, as a power cut would. */
  rollBack(): void {
    const lost = this.#bytes
    this.#bytes = Buffer.alloc(lost.length)
    this.#written = new RangeSet()
    this.#sizeBytes = 0
    this.#unsyncedBytes = 0
    for (let i = 0; i < this.journaled.length; i += 2) {
      const [first, last] = [this.journaled[i]!, this.journaled[i + 1]!]
      const end = this.layout.offsetBytes(last) + this.layout.plainBytes(last)
      lost.copy(this.#bytes, this.layout.offsetBytes(first), this.layout.offsetBytes(first), end)
      this.#written.add(first, last)
      this.#sizeBytes = end
    }
  }
}

/** What a sink in memory asks of its folder. */
export interface SinkHooks {
  writeFailure(): Failure | null
  publish(bytes: Buffer): void
  /** Frees the target; the part is kept when there is something to take up. */
  release(isKept: boolean): void
}

/** A sink that needs no clock and no disk: journaling happens at once. */
export class MemorySink implements Sink {
  readonly stored: FlatRanges
  readonly #part: MemoryPart
  readonly #path: string
  readonly #hooks: SinkHooks
  #isOpen = true
  #committed: Promise<void> | null = null

  constructor(path: string, part: MemoryPart, hooks: SinkHooks) {
    this.stored = part.journaled
    this.#path = path
    this.#part = part
    this.#hooks = hooks
  }

  async write(offsetBytes: number, bytes: Buffer): Promise<void> {
    const failure = this.#hooks.writeFailure()
    if (failure !== null) throw new FailureError(failure)
    if (!this.#isOpen) this.#fail('EBADF')
    this.#part.write(offsetBytes, bytes)
  }

  commit(): Promise<void> {
    this.#committed ??= this.#commit()
    return this.#committed
  }

  async suspend(): Promise<void> {
    if (!this.#isOpen) return
    if (this.#part.layout.recordCount > 1) this.#part.journal()
    this.#close(this.#part.journaled.length > 0)
  }

  async discard(): Promise<void> {
    if (this.#isOpen) this.#close(false)
  }

  /** Its process dies: nothing is done any more, and what was not journaled is lost. */
  crash(): void {
    if (!this.#isOpen) return
    this.#part.rollBack()
    this.#close(this.#part.journaled.length > 0)
  }

  async #commit(): Promise<void> {
    if (!this.#isOpen) this.#fail('EBADF')
    const bytes = this.#part.whole() ?? this.#fail('SIZE_MISMATCH')
    this.#hooks.publish(bytes)
    this.#close(false)
  }

  #close(isKept: boolean): void {
    this.#isOpen = false
    this.#hooks.release(isKept)
  }

  #fail(code: string): never {
    throw new FailureError({ kind: 'fileError', path: this.#path, code })
  }
}
