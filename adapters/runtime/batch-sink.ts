import { type Failure, FailureError, failureOf } from '../../machines/failures.ts'
import { OPEN_FILES_MAX, RECORDS_MAX } from '../../machines/limits.ts'
import type {
  BatchRequest,
  Control,
  Entry,
  EntryResult,
  FlatRanges,
} from '../../machines/messages.ts'
import { Layout, recordsOf } from '../../machines/recovery/layout.ts'
import { RangeSet } from '../../machines/recovery/ranges.ts'
import { forEachAtOnce } from '../files/at-once.ts'
import { isDoubtful } from '../files/doubt.ts'
import type { Folder, Sink } from '../files/folder.ts'
import { Slots } from '../files/slots.ts'
import { BatchResults } from './batch-results.ts'
import { twin } from './batch-source.ts'
import { ManifestSink, type ReadManifest, readBatch } from './manifest.ts'

/** Files that are resumed, and so kept open from the start: others must get their turn. */
const RESUMED_MAX = OPEN_FILES_MAX / 2

/** Targets looked at before the first record of any may come: more than a first flight holds. */
const LOOKED_AT_FIRST = 64

/** What a batch tells the session it is received in. */
export interface BatchHooks {
  /**
   * The targets of the next entries in the manifest, which are of these sizes, were looked at.
   * Called at least once, and with `isLast` when there are no more.
   */
  onLooked(sizesBytes: readonly number[], spared: FlatRanges, isLast: boolean): void
  /** Ends another session that receives a file of that path, if its client fell silent. */
  freeTarget(path: string): Promise<void>
  /** These records need no longer come. */
  onSpared(records: FlatRanges): void
}

/** How a batch is stored, and how long its manifest is. */
export type BatchTerms = Pick<BatchRequest, 'manifestBytes' | 'replace' | 'checksum'>

/** A file under way. */
interface Incoming {
  readonly sink: Promise<Sink>
  /** Records that are not written yet. */
  left: number
}

/**
 * Where several files are received: they arrive as one, laid end to end behind their manifest. Each
 * is published as soon as it is whole, and only then the record that made it whole counts as
 * written; one that fails spares its records and keeps no other one from being stored.
 */
export class BatchSink implements Sink {
  readonly stored: FlatRanges = []
  readonly #folder: Folder
  readonly #terms: BatchTerms
  readonly #hooks: BatchHooks
  readonly #read: ReadManifest
  readonly #manifest: ManifestSink
  readonly #layout: Layout
  readonly #results = new BatchResults()
  readonly #incoming = new Map<number, Incoming>()
  readonly #begun = new Set<number>()
  readonly #slots = new Slots(OPEN_FILES_MAX)
  #manifestLeft: number
  #entries: readonly Entry[] = []
  /** Looks at all targets, then stores the files of which no record comes. */
  #looking: Promise<void> = Promise.resolve()
  readonly #lettingGo = new Set<Promise<void>>()
  #closed = false

  constructor(folder: Folder, terms: BatchTerms, hooks: BatchHooks, read = readBatch) {
    this.#folder = folder
    this.#terms = terms
    this.#hooks = hooks
    this.#read = read
    this.#manifest = new ManifestSink(terms.manifestBytes)
    this.#manifestLeft = terms.manifestBytes
    this.#layout = new Layout(terms.manifestBytes)
  }

  /** How many entries were not just stored. */
  get exceptions(): number {
    return this.#results.size
  }

  /** What became of an entry that was not just stored. */
  resultOf(entry: number): EntryResult | undefined {
    return this.#results.get(entry)
  }

  /** Whether an entry was under way here, however it ended. */
  hasBegun(entry: number): boolean {
    return this.#begun.has(entry)
  }

  /** What became of the entries from `from` on. */
  results(from: number): Extract<Control, { kind: 'results' }> | null {
    return from < this.#entries.length ? this.#results.page(from, this.#entries.length) : null
  }

  async write(offsetBytes: number, bytes: Buffer): Promise<void> {
    const run = this.#layout.runAt(offsetBytes)
    if (run > 0) return this.#store(run - 1, offsetBytes - this.#layout.beginBytes(run), bytes)
    await this.#manifest.write(offsetBytes, bytes)
    this.#manifestLeft -= bytes.length
    if (this.#manifestLeft === 0) await this.#readManifest()
  }

  /** Whether a file of that path is under way. */
  receives(path: string): boolean {
    for (const entry of this.#incoming.keys()) {
      if (this.#entries[entry]!.path === path) return true
    }
    return false
  }

  /** The sender cannot send an entry. */
  withdraw(entry: number, failure: Failure): void {
    const isWhole = this.#incoming.get(entry)?.left === 0
    if (entry < this.#entries.length && !isWhole) this.#fail(entry, failure, 'discard')
  }

  async commit(): Promise<void> {
    await this.#looking
  }

  async suspend(): Promise<void> {
    this.#closed = true
    for (const entry of this.#incoming.keys()) this.#letGo(entry, 'suspend')
    await this.#looking
    await Promise.all(this.#lettingGo)
  }

  discard(): Promise<void> {
    return this.suspend()
  }

  async #readManifest(): Promise<void> {
    const entries = await this.#read(this.#manifest.bytes)
    this.#layout.grow(entries.map(({ sizeBytes }) => sizeBytes))
    if (this.#layout.recordCount > RECORDS_MAX) {
      const what = 'more records than there can be'
      throw new FailureError({ kind: 'protocolViolated', what })
    }
    this.#entries = entries
    this.#looking = this.#lookAtAll()
  }

  /** In groups, each as large as all before it: the window opens as far as they come. */
  async #lookAtAll(): Promise<void> {
    const names = new Set<string>()
    const recordless: number[] = []
    let from = 0
    do {
      const entries = this.#entries.slice(from, Math.max(2 * from, LOOKED_AT_FIRST))
      const spared = await this.#lookAt(entries, from, names, recordless)
      if (this.#closed) return
      from += entries.length
      const sizesBytes = entries.map(({ sizeBytes }) => sizeBytes)
      this.#hooks.onLooked(sizesBytes, spared, from === this.#entries.length)
    } while (from < this.#entries.length)
    await forEachAtOnce(OPEN_FILES_MAX, recordless, (entry) => this.#publish(entry))
  }

  /** Looks at the targets of `entries`, which follow `from` others; returns what need not come. */
  async #lookAt(
    entries: readonly Entry[],
    from: number,
    names: Set<string>,
    recordless: number[],
  ): Promise<FlatRanges> {
    const spared = new RangeSet()
    await forEachAtOnce(OPEN_FILES_MAX, entries, async (entry, i) => {
      const isTwin = names.has(entry.path)
      names.add(entry.path)
      const place = from + i
      const stored = isTwin ? this.#refuse(place, twin(entry.path)) : await this.#look(entry, place)
      spared.addAll(stored, RECORDS_MAX)
      const isWhole = this.#incoming.get(place)?.left === 0
      if (isWhole || (entry.sizeBytes === 0 && !this.#results.has(place))) recordless.push(place)
    })
    return spared.lowest(spared.rangeCount)
  }

  /** What storing an entry meets; returns the records that need not come. */
  async #look(entry: Entry, i: number): Promise<FlatRanges> {
    try {
      const { replace, checksum = false } = this.#terms
      let state = await this.#folder.look(entry, replace)
      if (state.kind === 'refused' && state.failure.kind === 'busy') {
        await this.#hooks.freeTarget(entry.path)
        state = await this.#folder.look(entry, replace)
      }
      if (await isDoubtful(this.#folder, entry, state, checksum)) {
        this.#results.set(i, { kind: 'compare' })
      } else if (state.kind === 'identical') this.#results.set(i, state)
      else if (state.kind === 'refused') return this.#refuse(i, state.failure)
      else return state.stored.length === 0 ? [] : await this.#resume(i)
      return this.#recordsOf(i)
    } catch (error) {
      return this.#refuse(i, failureOf(error))
    }
  }

  /** Opens a file that came part of the way before; what it has need not come again. */
  async #resume(entry: number): Promise<FlatRanges> {
    if (this.#closed || OPEN_FILES_MAX - this.#slots.free >= RESUMED_MAX) return []
    const incoming = this.#begin(entry)
    const { stored } = await incoming.sink
    const first = this.#layout.firstRecord(entry + 1)
    for (let i = 0; i < stored.length; i += 2) incoming.left -= stored[i + 1]! - stored[i]! + 1
    return stored.map((record) => first + record)
  }

  /** Makes a note of an entry that is not stored. */
  #refuse(entry: number, failure: Failure): FlatRanges {
    this.#results.set(entry, { kind: 'failed', failure })
    this.#letGo(entry, 'suspend')
    return this.#recordsOf(entry)
  }

  async #store(entry: number, offsetBytes: number, bytes: Buffer): Promise<void> {
    if (this.#closed || this.#results.has(entry)) return
    const incoming = this.#incoming.get(entry) ?? this.#begin(entry)
    try {
      const sink = await incoming.sink
      await sink.write(offsetBytes, bytes)
    } catch (error) {
      this.#fail(entry, failureOf(error), 'suspend')
    }
    incoming.left -= 1
    if (incoming.left === 0) await this.#publish(entry)
  }

  /** Makes a whole file durable under its name. */
  async #publish(entry: number): Promise<void> {
    if (this.#closed || this.#results.has(entry)) return
    const incoming = this.#incoming.get(entry) ?? this.#begin(entry)
    try {
      const sink = await incoming.sink
      await sink.commit()
      this.#letGo(entry, 'suspend')
    } catch (error) {
      this.#fail(entry, failureOf(error), 'suspend')
    }
  }

  #begin(entry: number): Incoming {
    const sink = this.#slots.take().then(() => this.#openSink(entry))
    // Whoever writes first hears of a failure; until then nobody needs to.
    sink.catch(() => {})
    const incoming = { sink, left: recordsOf(this.#entries[entry]!.sizeBytes) }
    this.#incoming.set(entry, incoming)
    this.#begun.add(entry)
    return incoming
  }

  async #openSink(entry: number): Promise<Sink> {
    if (!this.#incoming.has(entry)) throw new FailureError({ kind: 'cancelled' })
    return this.#folder.openSink(this.#entries[entry]!, this.#terms.replace)
  }

  /** Gives up one entry, once: its records need not come any more. */
  #fail(entry: number, failure: Failure, how: 'suspend' | 'discard'): void {
    this.#letGo(entry, how)
    if (this.#closed || this.#results.has(entry)) return
    this.#results.set(entry, { kind: 'failed', failure })
    this.#hooks.onSpared(this.#recordsOf(entry))
  }

  /** Closes the file of an entry, if there is one, and makes room for another. */
  #letGo(entry: number, how: 'suspend' | 'discard'): void {
    const incoming = this.#incoming.get(entry)
    if (!this.#incoming.delete(entry) || incoming === undefined) return
    const gone = incoming.sink
      .then((sink) => sink[how]())
      .catch(() => {})
      .then(() => {
        this.#slots.release()
        this.#lettingGo.delete(gone)
      })
    this.#lettingGo.add(gone)
  }

  #recordsOf(entry: number): FlatRanges {
    const first = this.#layout.firstRecord(entry + 1)
    const end = this.#layout.firstRecord(entry + 2)
    return first < end ? [first, end - 1] : []
  }
}
