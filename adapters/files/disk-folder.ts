import { resolve } from 'node:path'
import { type Failure, FailureError } from '../../machines/failures.ts'
import type { Entry } from '../../machines/messages.ts'
import { codeOf, failureOf, naming } from './errors.ts'
import type { Folder, Sink, Source, TargetState } from './folder.ts'
import { listDirectory } from './listing.ts'
import { checkPath, thisSystem } from './names.ts'
import { findTarget } from './publish.ts'
import { openDiskSink } from './sink.ts'
import { openDiskSource } from './source.ts'
import { type FolderOptions, refusalOf, stateOf, type Terms, termsOf } from './target.ts'
import { type Directory, openDirectory, openParent } from './walk.ts'

/** Targets being written in this process, by folder identity: two folders may be the same one. */
const writing = new Set<string>()

/**
 * The folder `root` of the disk. Nothing is held open between calls. Rejects with a FailureError
 * when `root` is no folder (noSuchFile, fileError ENOTDIR) or not to be read.
 */
export async function openDiskFolder(root: string, options: FolderOptions = {}): Promise<Folder> {
  const absolute = resolve(root)
  try {
    await (await openDirectory(absolute, [])).close()
  } catch (cause) {
    const code = codeOf(cause)
    const failure: Failure =
      code === 'ENOTDIR' ? { kind: 'fileError', path: root, code } : failureOf(cause, root)
    throw new FailureError(failure, { cause })
  }
  return new DiskFolder(absolute, termsOf(thisSystem(), options))
}

class DiskFolder implements Folder {
  readonly #root: string
  readonly #terms: Terms

  constructor(root: string, terms: Terms) {
    this.#root = root
    this.#terms = terms
  }

  list(): Promise<readonly Entry[]> {
    return naming('.', async () => {
      const directory = await openDirectory(this.#root, [])
      return closing(directory, listDirectory(directory, this.#terms.system))
    })
  }

  async openSource(path: string): Promise<Source> {
    const badName = checkPath(path, this.#terms.system)
    if (badName !== null) throw new FailureError(badName)
    return naming(path, async () => {
      const { directory, name } = await openParent(this.#root, path)
      return closing(directory, openDiskSource(directory, name, path))
    })
  }

  async look(entry: Entry, replace: boolean): Promise<TargetState> {
    const failure = refusalOf(entry, this.#terms)
    if (failure !== null) return { kind: 'refused', failure }
    try {
      const { directory, name } = await openParent(this.#root, entry.path)
      const met = await closing(directory, meet(directory, name, entry, replace))
      return met.state
    } catch (error) {
      return { kind: 'refused', failure: failureOf(error, entry.path) }
    }
  }

  async openSink(entry: Entry, replace: boolean): Promise<Sink> {
    const failure = refusalOf(entry, this.#terms)
    if (failure !== null) throw new FailureError(failure)
    return naming(entry.path, async () => {
      const { directory, name } = await openParent(this.#root, entry.path)
      try {
        return await this.#openSinkIn(directory, name, entry, replace)
      } catch (error) {
        await directory.close()
        throw error
      }
    })
  }

  async #openSinkIn(
    directory: Directory,
    name: string,
    entry: Entry,
    replace: boolean,
  ): Promise<Sink> {
    const { state, key } = await meet(directory, name, entry, replace)
    if (state.kind === 'refused') throw new FailureError(state.failure)
    if (writing.has(key)) throw new FailureError({ kind: 'busy', path: entry.path })
    writing.add(key)
    const release = () => writing.delete(key)
    try {
      return await openDiskSink({ directory, name, entry, replace, release })
    } catch (error) {
      release()
      throw error
    }
  }
}

async function meet(
  directory: Directory,
  name: string,
  entry: Entry,
  replace: boolean,
): Promise<{ readonly state: TargetState; readonly key: string }> {
  const key = `${await directory.identity()}/${name}`
  const found = await findTarget(directory, name)
  return { state: stateOf(entry, replace, found, writing.has(key)), key }
}

async function closing<T>(directory: Directory, work: Promise<T>): Promise<T> {
  try {
    return await work
  } finally {
    await directory.close()
  }
}
