import { constants } from 'node:buffer'
import { type Failure, FailureError } from '../../machines/failures.ts'
import { PART_DAYS_MAX, UNCHECKED_BYTES_MAX } from '../../machines/limits.ts'
import type { Entry } from '../../machines/messages.ts'
import { digestOf } from './digest.ts'
import type { Folder, Sink, Source, TargetState } from './folder.ts'
import { MemoryPart, MemorySink } from './memory-sink.ts'
import { checkPath } from './names.ts'
import { partNamesOf } from './part-names.ts'
import {
  type FolderOptions,
  type Found,
  isSameFile,
  refusalOf,
  stateOf,
  termsOf,
} from './target.ts'

/** The disk's twin for specs: the same answers, by microtasks alone, plus helpers to set it up. */
export interface MemoryFolder extends Folder {
  /** Puts a file there, or changes it under the readers of the one before. */
  set(path: string, bytes: Uint8Array, mtimeUs?: number): void
  /** The bytes of a published file; undefined when there is none. */
  bytes(path: string): Buffer | undefined
  /** All published files, sorted. */
  paths(): readonly string[]
  /** Every read from now on fails so; null heals. */
  failReads(failure: Failure | null): void
  /** Every write from now on fails so; null heals. */
  failWrites(failure: Failure | null): void
  /**
   * Whoever receives into it dies, as by a power cut: sinks that are open take no more and free
   * their targets, and of what they wrote only journaled records are left.
   */
  crash(): void
  /** Paths of the files that a later sink would take up, sorted. */
  resumable(): readonly string[]
}

interface MemoryFile {
  readonly bytes: Buffer
  readonly mtimeUs: number
}

const PART_MS_MAX = PART_DAYS_MAX * 86_400_000

/** A folder in memory that holds `files`, all with mtime 0, under POSIX names on every system. */
export function createMemoryFolder(
  files: Readonly<Record<string, Uint8Array>> = {},
  options: FolderOptions = {},
): MemoryFolder {
  const folder = new InMemoryFolder(options)
  for (const [path, bytes] of Object.entries(files)) folder.set(path, bytes)
  return folder
}

class InMemoryFolder implements MemoryFolder {
  readonly #terms
  readonly #files = new Map<string, MemoryFile>()
  /** Open sinks by path. */
  readonly #writing = new Map<string, MemorySink>()
  /** By the name their files would have on disk. */
  readonly #parts = new Map<string, { readonly path: string; readonly part: MemoryPart }>()
  #readFailure: Failure | null = null
  #writeFailure: Failure | null = null

  constructor(options: FolderOptions) {
    this.#terms = termsOf('posix', options)
  }

  set(path: string, bytes: Uint8Array, mtimeUs = 0): void {
    this.#files.set(path, { bytes: Buffer.from(bytes), mtimeUs })
  }

  bytes(path: string): Buffer | undefined {
    return this.#files.get(path)?.bytes
  }

  paths(): readonly string[] {
    return [...this.#files.keys()].sort()
  }

  failReads(failure: Failure | null): void {
    this.#readFailure = failure
  }

  failWrites(failure: Failure | null): void {
    this.#writeFailure = failure
  }

  crash(): void {
    for (const sink of [...this.#writing.values()]) sink.crash()
  }

  resumable(): readonly string[] {
    const paths = [...this.#parts.values()].map(({ path }) => path)
    return paths.filter((path) => !this.#writing.has(path)).sort()
  }

  async list(): Promise<readonly Entry[]> {
    const paths = this.paths().filter((path) => !path.includes('/'))
    return paths.map((path) => toEntry(path, this.#files.get(path)!))
  }

  async openSource(path: string): Promise<Source> {
    const opened = this.#fileAt(path)
    const changed = () => new FailureError({ kind: 'sourceChanged', path })
    let uncheckedBytes = 0
    const verify = async () => {
      uncheckedBytes = 0
      if (this.#files.get(path) !== opened) throw changed()
    }
    return {
      entry: toEntry(path, opened),
      read: async (offset, length) => {
        if (this.#readFailure !== null) throw new FailureError(this.#readFailure)
        const bytes = this.#files.get(path)?.bytes.subarray(offset, offset + length)
        if (bytes?.length !== length) throw changed()
        uncheckedBytes += length
        if (uncheckedBytes >= UNCHECKED_BYTES_MAX) await verify()
        return Buffer.from(bytes)
      },
      verify,
      close: async () => {},
    }
  }

  async find(path: string): Promise<Entry> {
    return toEntry(path, this.#fileAt(path))
  }

  async look(entry: Entry, replace: boolean): Promise<TargetState> {
    const failure = refusalOf(entry, this.#terms) ?? this.#parentFailure(entry.path)
    if (failure !== null) return { kind: 'refused', failure }
    const { path } = entry
    const stored = this.#parts.get(partNamesOf(entry).part)?.part.journaled ?? []
    return stateOf(entry, replace, this.#find(path), this.#writing.has(path), stored)
  }

  async digest(path: string, signal?: AbortSignal): Promise<string> {
    return digestOf(await this.openSource(path), signal)
  }

  async openSink(entry: Entry, replace: boolean): Promise<Sink> {
    const { path } = entry
    const state = await this.look(entry, replace)
    if (state.kind === 'refused') throw new FailureError(state.failure)
    if (this.#writing.has(path)) throw new FailureError({ kind: 'busy', path })
    if (entry.sizeBytes > constants.MAX_LENGTH) throw new FailureError({ kind: 'noSpace', path })
    this.#collect()
    const sink = this.#sinkFor(entry, replace)
    this.#writing.set(path, sink)
    return sink
  }

  #fileAt(path: string): MemoryFile {
    const failure = checkPath(path, this.#terms.system) ?? this.#parentFailure(path)
    if (failure !== null) throw new FailureError(failure)
    if (this.#isFolder(path)) throw new FailureError({ kind: 'notAFile', path })
    const file = this.#files.get(path)
    if (file === undefined) throw new FailureError({ kind: 'noSuchFile', path })
    return file
  }

  #sinkFor(entry: Entry, replace: boolean): MemorySink {
    const { path } = entry
    const name = partNamesOf(entry).part
    const part = this.#parts.get(name)?.part ?? new MemoryPart(entry)
    this.#parts.set(name, { path, part })
    return new MemorySink(path, part, {
      writeFailure: () => this.#writeFailure,
      publish: (bytes) => this.#publish(entry, replace, bytes),
      release: (isKept) => {
        this.#writing.delete(path)
        if (!isKept) this.#parts.delete(name)
      },
    })
  }

  #collect(): void {
    const oldestMs = Date.now() - PART_MS_MAX
    for (const [name, { path, part }] of this.#parts) {
      if (part.touchedAtMs < oldestMs && !this.#writing.has(path)) this.#parts.delete(name)
    }
  }

  #publish(entry: Entry, replace: boolean, bytes: Buffer): void {
    const { path, mtimeUs } = entry
    const found = this.#find(path)
    if (found === 'notAFile') throw new FailureError({ kind: 'notAFile', path })
    if (found !== 'nothing' && !replace) {
      if (isSameFile(found, entry)) return
      throw new FailureError({ kind: 'exists', path })
    }
    this.#files.set(path, { bytes, mtimeUs })
  }

  #find(path: string): Exclude<Found, 'twin'> {
    if (this.#isFolder(path)) return 'notAFile'
    const file = this.#files.get(path)
    return file === undefined ? 'nothing' : toEntry(path, file)
  }

  #isFolder(path: string): boolean {
    for (const other of this.#files.keys()) if (other.startsWith(`${path}/`)) return true
    return false
  }

  /** Folders are there as long as a file is in them. */
  #parentFailure(path: string): Failure | null {
    const parts = path.split('/')
    for (let count = 1; count < parts.length; count++) {
      const parent = parts.slice(0, count).join('/')
      if (this.#files.has(parent)) return { kind: 'notAFile', path }
      if (!this.#isFolder(parent)) return { kind: 'noSuchFile', path }
    }
    return null
  }
}

function toEntry(path: string, file: MemoryFile): Entry {
  return { path, sizeBytes: file.bytes.length, mtimeUs: file.mtimeUs }
}
