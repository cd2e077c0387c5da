import { constants } from 'node:buffer'
import { type Failure, FailureError } from '../../machines/failures.ts'
import type { Entry } from '../../machines/messages.ts'
import type { Folder, Sink, Source, TargetState } from './folder.ts'
import { checkPath } from './names.ts'
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
}

interface MemoryFile {
  readonly bytes: Buffer
  readonly mtimeUs: number
}

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
  readonly #writing = new Set<string>()
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

  async list(): Promise<readonly Entry[]> {
    const paths = this.paths().filter((path) => !path.includes('/'))
    return paths.map((path) => toEntry(path, this.#files.get(path)!))
  }

  async openSource(path: string): Promise<Source> {
    const failure = checkPath(path, this.#terms.system) ?? this.#parentFailure(path)
    if (failure !== null) throw new FailureError(failure)
    if (this.#isFolder(path)) throw new FailureError({ kind: 'notAFile', path })
    const opened = this.#files.get(path)
    if (opened === undefined) throw new FailureError({ kind: 'noSuchFile', path })
    const changed = () => new FailureError({ kind: 'sourceChanged', path })
    return {
      entry: toEntry(path, opened),
      read: async (offset, length) => {
        if (this.#readFailure !== null) throw new FailureError(this.#readFailure)
        const bytes = this.#files.get(path)?.bytes.subarray(offset, offset + length)
        if (bytes?.length !== length) throw changed()
        return Buffer.from(bytes)
      },
      verify: async () => {
        if (this.#files.get(path) !== opened) throw changed()
      },
      close: async () => {},
    }
  }

  async look(entry: Entry, replace: boolean): Promise<TargetState> {
    const failure = refusalOf(entry, this.#terms) ?? this.#parentFailure(entry.path)
    if (failure !== null) return { kind: 'refused', failure }
    return stateOf(entry, replace, this.#find(entry.path), this.#writing.has(entry.path))
  }

  async openSink(entry: Entry, replace: boolean): Promise<Sink> {
    const { path } = entry
    const state = await this.look(entry, replace)
    if (state.kind === 'refused') throw new FailureError(state.failure)
    if (this.#writing.has(path)) throw new FailureError({ kind: 'busy', path })
    if (entry.sizeBytes > constants.MAX_LENGTH) throw new FailureError({ kind: 'noSpace', path })
    this.#writing.add(path)
    return this.#sinkFor(entry, replace)
  }

  #sinkFor(entry: Entry, replace: boolean): Sink {
    const { path } = entry
    const bytes = Buffer.alloc(entry.sizeBytes)
    let sizeBytes = 0
    let isOpen = true
    const close = () => {
      if (isOpen) this.#writing.delete(path)
      isOpen = false
    }
    const publish = async () => {
      if (!isOpen) throw new FailureError({ kind: 'fileError', path, code: 'EBADF' })
      this.#publish(entry, replace, bytes.subarray(0, sizeBytes))
      close()
    }
    let committed: Promise<void> | null = null
    return {
      stored: [],
      suspend: async () => close(),
      write: async (offset, slice) => {
        if (this.#writeFailure !== null) throw new FailureError(this.#writeFailure)
        if (!isOpen) throw new FailureError({ kind: 'fileError', path, code: 'EBADF' })
        bytes.set(slice, offset)
        sizeBytes = Math.max(sizeBytes, offset + slice.length)
      },
      commit: () => {
        committed ??= publish()
        return committed
      },
      discard: async () => close(),
    }
  }

  #publish(entry: Entry, replace: boolean, bytes: Buffer): void {
    const { path, mtimeUs, sizeBytes } = entry
    if (bytes.length !== sizeBytes) {
      throw new FailureError({ kind: 'fileError', path, code: 'SIZE_MISMATCH' })
    }
    const found = this.#find(path)
    if (found === 'notAFile') throw new FailureError({ kind: 'notAFile', path })
    if (found !== 'nothing' && !replace) {
      if (isSameFile(found, entry)) return
      throw new FailureError({ kind: 'exists', path })
    }
    this.#files.set(path, { bytes, mtimeUs })
  }

  #find(path: string): Found {
    if (this.#isFolder(path)) return 'notAFile'
    const file = this.#files.get(path)
    return file === undefined ? 'nothing' : toEntry(path, file)
  }

  #isFolder(path: string): boolean {
    return this.paths().some((other) => other.startsWith(`${path}/`))
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
