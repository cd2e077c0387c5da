import type { DataColumns } from '../../machines/events.ts'
import { FailureError, failureOf } from '../../machines/failures.ts'
import {
  READ_AHEAD_RECORDS,
  RECORD_BYTES,
  RECORDS_MAX,
  SEAL_BYTES,
  WINDOW_RECORDS,
} from '../../machines/limits.ts'
import type { Comparison, Entry, FlatRanges } from '../../machines/messages.ts'
import type { TargetOpened } from '../../machines/outcomes.ts'
import type { Layout } from '../../machines/recovery/layout.ts'
import { RangeSet } from '../../machines/recovery/ranges.ts'
import { isDoubtful } from '../files/doubt.ts'
import type { Folder, Sink, Source } from '../files/folder.ts'
import { SlabPool } from '../files/slab-pool.ts'
import { copySlices } from '../wire/burst.ts'
import { encodeFindings } from '../wire/codec.ts'
import { differingBlocks } from '../wire/digests.ts'
import type { SessionWire } from '../wire/session-wire.ts'
import { BatchSink, type BatchTerms } from './batch-sink.ts'
import { BatchSource, candidatesIn, findingsOf } from './batch-source.ts'
import type { ReadManifest } from './manifest.ts'
import { NamesSink } from './names-sink.ts'
import type { SealedRecords } from './session-link.ts'
import type { SessionStream } from './session-stream.ts'

/** Sessions that read at the same moment and find a slab waiting. */
const READ_SLABS_KEPT = 4
/** Records on their way in or out, of all sessions; a window of them stays here unused. */
const slabs = new SlabPool(RECORD_BYTES + SEAL_BYTES, WINDOW_RECORDS)
/** What is read in one go, of all sessions. */
const readSlabs = new SlabPool(READ_AHEAD_RECORDS * RECORD_BYTES, READ_SLABS_KEPT)
/** Ranges a receiver begins with at most; what lies beyond them comes again. */
const STORED_RANGES_MAX = 10_000

/** One session's file: read, sealed and kept until it is opened over there, or the reverse. */
export class SessionFiles implements SealedRecords {
  readonly #folder: Folder | null
  readonly #stream: SessionStream
  readonly #sealed = new Map<number, Buffer>()
  readonly #arriving = new Map<number, Buffer>()
  #source: Source | null = null
  #sink: Sink | null = null
  #batch: BatchSink | null = null
  #offers = false
  #reading: Promise<void> = Promise.resolve()
  #stored: number[] = []
  readonly #written = new RangeSet()
  /** Counts the keys the session went through; what was begun under older ones is dropped. */
  #generation = 0

  /** `folder` is null for a session that is about no file. */
  constructor(folder: Folder | null, stream: SessionStream) {
    this.#folder = folder
    this.#stream = stream
  }

  get folder(): Folder {
    if (this.#folder === null) throw new Error('this session has no folder')
    return this.#folder
  }

  takeSource(source: Source): void {
    this.#source = source
  }

  async openSource(path: string): Promise<Entry> {
    this.#source = await this.folder.openSource(path)
    return this.#source.entry
  }

  takeSink(sink: Sink): void {
    this.#sink = sink
  }

  /** Reads several files as if they were one; those that fail are told of on the stream. */
  takeBatch(batch: BatchSource): void {
    this.#source = batch
    batch.onEntryFailed = (entry, failure) =>
      this.#stream.file({ type: 'entryFailed', entry, failure })
  }

  /** Receives several files as if they were one. `freeTarget` ends who is silent on a target. */
  openBatch(
    terms: BatchTerms,
    freeTarget: (path: string) => Promise<void>,
    read?: ReadManifest,
  ): BatchSink {
    const hooks = {
      freeTarget,
      onLooked: (sizesBytes: readonly number[], spared: FlatRanges, isLast: boolean) =>
        this.#stream.file({ type: 'targetsLookedAt', sizesBytes, spared, isLast }),
      onSpared: (records: FlatRanges) => this.#stream.file({ type: 'recordsSpared', records }),
    }
    this.#batch = new BatchSink(this.folder, terms, hooks, read)
    this.#sink = this.#batch
    return this.#batch
  }

  /** Receives the names of files that are wanted; once it has them, it looks at each to read it. */
  openNames(namesBytes: number): void {
    this.#sink = new NamesSink(namesBytes, async (names) => {
      const candidates = candidatesIn(this.folder, names)
      const batch = new BatchSource(candidates, (found) => encodeFindings(findingsOf(found)))
      this.takeBatch(batch)
      const manifest = await batch.prepare()
      this.#offers = true
      this.#stream.file({ type: 'sourcesOpened', ...manifest, atMs: performance.now() })
    })
  }

  /** Whether it reads what was asked for by names, so that the other side waits for a manifest. */
  get offers(): boolean {
    return this.#offers
  }

  /** Where several files are received; null in a session of one. */
  get batch(): BatchSink | null {
    return this.#batch
  }

  /** Opens the target, or goes on with the one that is open when a session reconnected. */
  async openTarget(
    entry: Entry,
    replace: boolean,
    { digest, checksum = false }: Comparison,
  ): Promise<TargetOpened> {
    if (this.#sink === null) {
      const state = await this.folder.look(entry, replace)
      if (await isDoubtful(this.folder, entry, state, checksum)) {
        if (digest === undefined) return { kind: 'compare' }
        throw new FailureError({ kind: 'exists', path: entry.path })
      }
      if (state.kind === 'refused') throw new FailureError(state.failure)
      if (state.kind === 'identical') return { kind: 'identical' }
      this.#sink = await this.folder.openSink(entry, replace)
      this.#written.addAll(this.#sink.stored, RECORDS_MAX)
    }
    return { kind: 'opened', stored: this.written }
  }

  /** Records that are in the target, synced or not; none where there are several. */
  get written(): FlatRanges {
    if (this.#batch !== null) return []
    return this.#written.lowest(STORED_RANGES_MAX)
  }

  /** Lets go of all that was sealed or is arriving under keys that are no longer used. */
  renew(): void {
    this.#generation += 1
    this.#dropSealed()
  }

  /** Reads records in one go, seals each, and says so on the stream. */
  read(first: number, count: number, layout: Layout, wire: SessionWire): void {
    const generation = this.#generation
    this.#reading = this.#reading
      .then(() => this.#readNow(first, count, layout, wire, generation))
      .catch((error: unknown) =>
        this.#stream.file({ type: 'fileFailed', failure: failureOf(error) }),
      )
  }

  sealed(record: number): Buffer {
    const sealed = this.#sealed.get(record)
    if (sealed === undefined) throw new Error(`record ${record} is not sealed`)
    return sealed
  }

  /** Lets go of the sealed records for which `isOpened` holds. */
  free(isOpened: (record: number) => boolean): void {
    for (const [record, sealed] of this.#sealed) {
      if (!isOpened(record)) continue
      this.#sealed.delete(record)
      slabs.give(sealed)
    }
  }

  /** Lets go of what arrived of the records for which `isUseless` holds. */
  forget(isUseless: (record: number) => boolean): void {
    for (const [record, sealed] of this.#arriving) {
      if (!isUseless(record)) continue
      this.#arriving.delete(record)
      slabs.give(sealed)
    }
  }

  /** Copies what is kept of a burst (see ReceiverVerdict) to where it belongs in its records. */
  storeSlices(data: DataColumns, kept: readonly number[], layout: Layout): void {
    for (let i = 0; i < kept.length; i += 4) {
      const row = kept[i]!
      const record = data.records[row]!
      let sealed = this.#arriving.get(record)
      if (sealed === undefined) {
        sealed = slabs.take(layout.sealedBytes(record))
        this.#arriving.set(record, sealed)
      }
      copySlices(data, row, kept[i + 1]!, kept[i + 2]!, kept[i + 3]!, sealed)
    }
  }

  /** Opens complete records and writes them; what becomes of each comes on the stream. */
  open(records: readonly number[], layout: Layout, wire: SessionWire): void {
    const rejected: number[] = []
    for (const record of records) {
      const sealed = this.#arriving.get(record)
      const plain = slabs.take(layout.plainBytes(record))
      if (sealed === undefined || wire.openRecord(record, sealed, plain) === null) {
        rejected.push(record)
        slabs.give(plain)
        continue
      }
      this.#arriving.delete(record)
      slabs.give(sealed)
      void this.#write(record, layout.offsetBytes(record), plain).then(() => slabs.give(plain))
    }
    if (rejected.length > 0) this.#stream.file({ type: 'recordsRejected', records: rejected })
  }

  /** Compares a record that did not open to its digests; what differs comes on the stream. */
  compare(record: number, digests: Uint8Array, wire: SessionWire): void {
    const sealed = this.#arriving.get(record)
    if (sealed === undefined) return
    wire.learnDigests(record, digests)
    const blocks = differingBlocks(sealed, digests)
    this.#stream.file({ type: 'blocksRejected', record, blocks })
  }

  async commit(): Promise<void> {
    await this.#sink?.commit()
  }

  /** Closes what is open; a target that was not committed is kept as far as it came. */
  async close(): Promise<void> {
    this.#dropSealed()
    await this.#reading
    await Promise.allSettled([this.#source?.close(), this.#sink?.suspend()])
  }

  async #readNow(
    first: number,
    count: number,
    layout: Layout,
    wire: SessionWire,
    generation: number,
  ): Promise<void> {
    if (this.#source === null) throw new Error('nothing is open to read from')
    const start = layout.offsetBytes(first)
    const last = first + count - 1
    const end = layout.offsetBytes(last) + layout.plainBytes(last)
    const slab = count > 1 ? readSlabs.take(end - start) : undefined
    const plain = await this.#source.read(start, end - start, slab)
    if (generation !== this.#generation) return
    for (let record = first; record <= last; record += 1) {
      const from = layout.offsetBytes(record) - start
      const slice = plain.subarray(from, from + layout.plainBytes(record))
      const sealed = slabs.take(slice.length + SEAL_BYTES)
      this.#sealed.set(record, wire.sealRecord(record, slice, sealed))
    }
    if (slab !== undefined) readSlabs.give(slab)
    if (last === layout.recordCount - 1) await this.#source.verify()
    if (generation !== this.#generation) return
    this.#stream.file({ type: 'recordsSealed', first, count })
  }

  async #write(record: number, offsetBytes: number, plain: Buffer): Promise<void> {
    const sink = this.#sink
    try {
      await sink?.write(offsetBytes, plain)
    } catch (error) {
      this.#stream.file({ type: 'fileFailed', failure: failureOf(error) })
      return
    }
    // A batch begins anew with each session: what an earlier one stored bore other numbers.
    if (sink !== this.#sink) return
    this.#written.add(record)
    // What the disk took in one go is told in one go: the rest of it is only microtasks away.
    if (this.#stored.push(record) === 1) queueMicrotask(() => this.#tellStored())
  }

  #tellStored(): void {
    const records = this.#stored
    this.#stored = []
    this.#stream.file({ type: 'recordsStored', records, atMs: performance.now() })
  }

  #dropSealed(): void {
    for (const records of [this.#sealed, this.#arriving]) {
      for (const sealed of records.values()) slabs.give(sealed)
      records.clear()
    }
  }
}
