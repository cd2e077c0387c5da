import { JOURNAL_RANGES_MAX, UNSYNCED_BYTES_MAX } from '../../machines/limits.ts'
import type { FlatRanges } from '../../machines/messages.ts'
import { RangeSet } from '../../machines/recovery/ranges.ts'

/** What a checkpoint does: the first durably, then the second, which speaks of the first. */
export interface Durability {
  sync(): Promise<void>
  journal(stored: FlatRanges): Promise<void>
}

/**
 * Keeps account of the records written to one part, and every UNSYNCED_BYTES_MAX syncs the part and
 * then journals what was written before, while writing goes on.
 */
export class Checkpoints {
  readonly #durability: Durability
  readonly #recordsMax: number
  readonly #written = new RangeSet()
  #unsyncedBytes = 0
  #isJournaled: boolean
  #running: Promise<void> | null = null
  #failure: { readonly cause: unknown } | null = null

  /** `recordsMax`: how many records make the part whole. */
  constructor(durability: Durability, stored: FlatRanges, recordsMax: number) {
    this.#recordsMax = recordsMax
    this.#durability = durability
    this.#isJournaled = stored.length > 0
    for (let i = 0; i < stored.length; i += 2) this.#written.add(stored[i]!, stored[i + 1]!)
  }

  /** Whether there is a journal of at least one record. */
  get isJournaled(): boolean {
    return this.#isJournaled
  }

  /** How many records are written. */
  get recordCount(): number {
    return this.#written.size
  }

  has(record: number): boolean {
    return this.#written.has(record)
  }

  /** Takes note of records that are written. */
  add(first: number, last: number, bytes: number): void {
    this.#written.add(first, last)
    this.#unsyncedBytes += bytes
    if (this.#unsyncedBytes < UNSYNCED_BYTES_MAX || this.#failure !== null) return
    // What is whole is about to be published, and made durable then.
    if (this.#written.size === this.#recordsMax) return
    this.#running ??= this.#run()
  }

  /**
   * Throws what went wrong behind the writer's back. A sync that failed may have dropped what it
   * was to keep, and the next one would not say so: nothing is done after it.
   */
  requireSound(): void {
    if (this.#failure !== null) throw this.#failure.cause
  }

  /** Waits until nothing goes on. Never rejects. */
  async settle(): Promise<void> {
    await this.#running
  }

  /** Makes a checkpoint now, unless there is nothing to add. Never rejects: see requireSound. */
  async make(): Promise<void> {
    await this.#running
    if (this.#unsyncedBytes === 0 || this.#failure !== null) return
    this.#running = this.#run()
    await this.#running
  }

  async #run(): Promise<void> {
    const stored = this.#written.lowest(JOURNAL_RANGES_MAX)
    this.#unsyncedBytes = 0
    try {
      await this.#durability.sync()
      await this.#durability.journal(stored)
      this.#isJournaled = true
    } catch (cause) {
      this.#failure = { cause }
    }
    this.#running = null
  }
}
