import type { Manifest } from '../../machines/client/put-all-setup.ts'
import { type Failure, FailureError, failureOf } from '../../machines/failures.ts'
import { ENTRIES_MAX, MANIFEST_BYTES_MAX, OPEN_FILES_MAX } from '../../machines/limits.ts'
import type { Entry, Finding } from '../../machines/messages.ts'
import { Layout } from '../../machines/recovery/layout.ts'
import { forEachAtOnce } from '../files/at-once.ts'
import type { Folder, Source } from '../files/folder.ts'
import { isSameFile } from '../files/target.ts'
import { encodeManifest } from '../wire/codec.ts'
import { nameless } from './batch-results.ts'

/** A file to be sent in a batch. */
export interface Candidate {
  /** Its path for the other side. */
  readonly as: string
  /** What is there to be sent, as far as one look tells. */
  find(): Promise<Entry>
  open(): Promise<Source>
}

/** Told of an entry that cannot be sent after all, by its place in the manifest. */
export type OnEntryFailed = (entry: number, failure: Failure) => void

/**
 * Several files laid end to end behind their manifest, read like one. A file is open from the first
 * byte that is read of it to its last; one that fails is told of, and the others go on.
 */
export class BatchSource implements Source {
  readonly entry = { path: '.', sizeBytes: 0, mtimeUs: 0 }
  onEntryFailed: OnEntryFailed = () => {}
  /** By place among the candidates. */
  readonly failures = new Map<number, Failure>()
  /** Which candidate each entry is. */
  readonly places: number[] = []
  readonly entries: Entry[] = []
  /** Entries of which a record was read. */
  readonly #begun = new Set<number>()
  readonly #candidates: readonly Candidate[]
  readonly #encode: (batch: BatchSource) => Buffer
  readonly #opened = new Map<number, Promise<Source>>()
  #renewed = false
  #manifest: Buffer = Buffer.alloc(0)
  #layout = new Layout(0)

  /** `encode` writes the manifest, from what was found. */
  constructor(
    candidates: readonly Candidate[],
    encode: (batch: BatchSource) => Buffer = ({ entries }) => encodeManifest(entries),
  ) {
    this.#candidates = candidates
    this.#encode = encode
  }

  /** Looks at every file, and opens none yet. Those that are there make up the manifest. */
  async prepare(): Promise<Manifest> {
    if (this.#candidates.length > ENTRIES_MAX) throw tooLong()
    this.entries.length = this.places.length = 0
    this.failures.clear()
    const found: (Entry | undefined)[] = []
    await forEachAtOnce(OPEN_FILES_MAX, this.#candidates, async ({ as, find }, place) => {
      try {
        found[place] = { ...(await find()), path: as }
      } catch (error) {
        this.failures.set(place, failureOf(error))
      }
    })
    const names = new Set<string>()
    for (let place = 0; place < this.#candidates.length; place += 1) {
      const entry = found[place]
      if (entry === undefined) continue
      if (names.has(entry.path)) this.failures.set(place, twin(entry.path))
      else this.#add(entry, place)
      names.add(entry.path)
    }
    this.#manifest = this.#encode(this)
    if (this.#manifest.length > MANIFEST_BYTES_MAX) throw tooLong()
    const sizesBytes = this.entries.map(({ sizeBytes }) => sizeBytes)
    this.#layout = new Layout(this.#manifest.length)
    this.#layout.grow(sizesBytes)
    return { manifestBytes: this.#manifest.length, sizesBytes }
  }

  /** Another session takes over: what this one sent may be there. */
  renew(): void {
    this.#renewed = true
  }

  /** Whether an entry that is there may be so because an earlier session sent it. */
  mayHaveMoved(entry: number): boolean {
    return this.#renewed && this.#begun.has(entry)
  }

  async read(
    offsetBytes: number,
    lengthBytes: number,
    into = Buffer.allocUnsafe(lengthBytes),
  ): Promise<Buffer> {
    const end = offsetBytes + lengthBytes
    const reading: (() => Promise<void>)[] = []
    const last = this.#layout.runAt(end - 1)
    for (let run = this.#layout.runAt(offsetBytes); run <= last; run += 1) {
      const begin = this.#layout.beginBytes(run)
      const from = Math.max(offsetBytes - begin, 0)
      const to = Math.min(end, this.#layout.beginBytes(run + 1)) - begin
      const place = into.subarray(begin + from - offsetBytes, begin + to - offsetBytes)
      if (run === 0) this.#manifest.copy(place, 0, from, to)
      else if (from < to) reading.push(() => this.#readEntry(run - 1, from, to, place))
    }
    await forEachAtOnce(OPEN_FILES_MAX, reading, (read) => read())
    return into.subarray(0, lengthBytes)
  }

  async verify(): Promise<void> {}

  async close(): Promise<void> {
    await Promise.all([...this.#opened.keys()].map((entry) => this.#close(entry)))
  }

  #add(entry: Entry, place: number): void {
    this.entries.push(entry)
    this.places.push(place)
  }

  /** What a file that fails leaves in `place` is never sent: its failure is told before. */
  async #readEntry(entry: number, from: number, to: number, place: Buffer): Promise<void> {
    this.#begun.add(entry)
    try {
      const source = await this.#open(entry)
      const bytes = await source.read(from, to - from, place)
      const isInPlace = bytes.buffer === place.buffer && bytes.byteOffset === place.byteOffset
      if (!isInPlace) bytes.copy(place)
      if (to < this.entries[entry]!.sizeBytes) return
      await source.verify()
      await this.#close(entry)
    } catch (error) {
      await this.#close(entry)
      const failure = this.failures.get(this.places[entry]!) ?? failureOf(error)
      this.failures.set(this.places[entry]!, failure)
      this.onEntryFailed(entry, failure)
    }
  }

  #open(entry: number): Promise<Source> {
    let opened = this.#opened.get(entry)
    if (opened === undefined) {
      opened = this.#openSame(entry)
      this.#opened.set(entry, opened)
    }
    return opened
  }

  /** A file that is not the one the manifest speaks of any more is not sent. */
  async #openSame(entry: number): Promise<Source> {
    const source = await this.#candidates[this.places[entry]!]!.open()
    if (isSameFile(source.entry, this.entries[entry]!)) return source
    await source.close()
    throw new FailureError({ kind: 'sourceChanged', path: this.entries[entry]!.path })
  }

  async #close(entry: number): Promise<void> {
    const opened = this.#opened.get(entry)
    this.#opened.delete(entry)
    await opened?.then((source) => source.close()).catch(() => {})
  }
}

/** Files of one folder, by their paths in it. */
export function candidatesIn(folder: Folder, paths: readonly string[]): readonly Candidate[] {
  return paths.map((path) => ({
    as: path,
    find: () => folder.find(path),
    open: () => folder.openSource(path),
  }))
}

/** What became of every candidate, in order. */
export function findingsOf({ entries, places, failures }: BatchSource): readonly Finding[] {
  const findings: Finding[] = []
  for (const [place, failure] of failures) findings[place] = nameless(failure)
  for (const [entry, place] of places.entries()) findings[place] = entries[entry]!
  return findings
}

/** Two files of one name cannot both be stored. */
export function twin(path: string): Failure {
  return { kind: 'badName', path, why: 'another file of the batch has it too' }
}

export function tooLong(): FailureError {
  return new FailureError({
    kind: 'protocolViolated',
    what: `more than ${ENTRIES_MAX} files at once`,
  })
}
