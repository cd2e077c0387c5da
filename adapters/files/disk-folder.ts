import { resolve } from 'node:path'
import { type Failure, FailureError } from '../../machines/failures.ts'
import type { Entry } from '../../machines/messages.ts'
import { collectParts } from './collection.ts'
import { digestOf } from './digest.ts'
import { codeOf, failureOf, naming } from './errors.ts'
import type { Folder, Sink, Source, TargetState } from './folder.ts'
import { listDirectory } from './listing.ts'
import { isLocked } from './lock.ts'
import { checkPath, thisSystem } from './names.ts'
import { OpenDirectories } from './open-directories.ts'
import { lockNameOf } from './part-names.ts'
import { findTarget } from './publish.ts'
import { readStored } from './resume-point.ts'
import { openDiskSink } from './sink.ts'
import { findDiskSource, openDiskSource } from './source.ts'
import {
  type FolderOptions,
  type Found,
  refusalOf,
  stateOf,
  type Terms,
  termsOf,
} from './target.ts'
import { isBehindTwin } from './twins.ts'
import { type Directory, openDirectory } from './walk.ts'

/** How long a folder that is written to goes without its old parts being collected. */
const COLLECT_EVERY_MS = 86_400_000

/**
 * The folder `root` of the disk. Nothing is held open between calls. Rejects with a FailureError
 * when `root` is no folder (noSuchFile, fileError ENOTDIR) or not to be read. Part files in it that
 * were idle for PART_DAYS_MAX are removed, now and, wherever a sink is opened, once a day.
 */
export async function openDiskFolder(root: string, options: FolderOptions = {}): Promise<Folder> {
  const absolute = resolve(root)
  const folder = new DiskFolder(absolute, termsOf(thisSystem(), options))
  try {
    const directory = await openDirectory(absolute, [])
    await closing(directory, folder.collect(directory))
  } catch (cause) {
    const code = codeOf(cause)
    const failure: Failure =
      code === 'ENOTDIR' ? { kind: 'fileError', path: root, code } : failureOf(cause, root)
    throw new FailureError(failure, { cause })
  }
  return folder
}

class DiskFolder implements Folder {
  readonly #root: string
  readonly #terms: Terms
  readonly #collectedAtMs = new Map<string, number>()
  readonly #open: OpenDirectories

  constructor(root: string, terms: Terms) {
    this.#root = root
    this.#terms = terms
    this.#open = new OpenDirectories(root)
  }

  list(): Promise<readonly Entry[]> {
    return naming('.', async () => {
      const directory = await openDirectory(this.#root, [])
      return closing(directory, listDirectory(directory, this.#terms.system))
    })
  }

  openSource(path: string): Promise<Source> {
    return this.#inParentOf(path, openDiskSource)
  }

  find(path: string): Promise<Entry> {
    return this.#inParentOf(path, findDiskSource)
  }

  async look(entry: Entry, replace: boolean): Promise<TargetState> {
    const failure = refusalOf(entry, this.#terms)
    if (failure !== null) return { kind: 'refused', failure }
    try {
      const { directory, name } = await this.#open.parentOf(entry.path)
      return await closing(directory, this.#meet(directory, name, entry, replace))
    } catch (error) {
      return { kind: 'refused', failure: failureOf(error, entry.path) }
    }
  }

  async openSink(entry: Entry, replace: boolean): Promise<Sink> {
    const failure = refusalOf(entry, this.#terms)
    if (failure !== null) throw new FailureError(failure)
    return naming(entry.path, async () => {
      const { directory, name } = await this.#open.parentOf(entry.path)
      try {
        return await this.#openSinkIn(directory, name, entry, replace)
      } catch (error) {
        await directory.close()
        throw error
      }
    })
  }

  async digest(path: string, signal?: AbortSignal): Promise<string> {
    return digestOf(await this.openSource(path), signal)
  }

  async collect(directory: Directory): Promise<void> {
    const identity = await directory.identity()
    const nowMs = Date.now()
    if (nowMs - (this.#collectedAtMs.get(identity) ?? -Infinity) < COLLECT_EVERY_MS) return
    this.#collectedAtMs.set(identity, nowMs)
    await collectParts(directory)
  }

  async #inParentOf<T>(
    path: string,
    work: (directory: Directory, name: string, path: string) => Promise<T>,
  ): Promise<T> {
    const badName = checkPath(path, this.#terms.system)
    if (badName !== null) throw new FailureError(badName)
    return naming(path, async () => {
      const { directory, name } = await this.#open.parentOf(path)
      return closing(directory, work(directory, name, path))
    })
  }

  async #openSinkIn(
    directory: Directory,
    name: string,
    entry: Entry,
    replace: boolean,
  ): Promise<Sink> {
    await this.collect(directory)
    const found = await this.#find(directory, name, entry.path)
    const state = stateOf(entry, replace, found, false, [])
    if (state.kind === 'refused') throw new FailureError(state.failure)
    return openDiskSink({ directory, name, entry, replace })
  }

  async #meet(
    directory: Directory,
    name: string,
    entry: Entry,
    replace: boolean,
  ): Promise<TargetState> {
    const found = await this.#find(directory, name, entry.path)
    const isBusy = await isLocked(directory, lockNameOf(entry.path))
    return stateOf(entry, replace, found, isBusy, await readStored(directory, entry))
  }

  async #find(directory: Directory, name: string, path: string): Promise<Found> {
    const found = await findTarget(directory, name)
    if (typeof found === 'string') return found
    return (await isBehindTwin(this.#root, path)) ? 'twin' : found
  }
}

async function closing<T>(directory: Directory, work: Promise<T>): Promise<T> {
  try {
    return await work
  } finally {
    await directory.close()
  }
}
