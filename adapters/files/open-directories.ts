import { type Directory, openDirectory } from './walk.ts'

/** How long a folder that was reached is taken for the one that would be reached now. */
const SHARED_MS = 100

interface Open {
  readonly directory: Promise<Directory>
  readonly untilMs: number
  users: number
}

/**
 * The folders below a root that files are being moved in: of a batch of small files, many are at
 * work in one folder at once, and it is walked to and opened once for them all.
 */
export class OpenDirectories {
  readonly #root: string
  readonly #open = new Map<string, Open>()

  constructor(root: string) {
    this.#root = root
  }

  /** Opens the folder that holds `path`, whose parts were checked, and splits off its last part. */
  async parentOf(path: string): Promise<{ readonly directory: Directory; readonly name: string }> {
    const parts = path.split('/')
    const name = parts.pop()!
    return { directory: await this.#take(parts), name }
  }

  async #take(parts: readonly string[]): Promise<Directory> {
    const path = parts.join('/')
    const open = this.#openAt(path) ?? this.#openAnew(path, parts)
    open.users += 1
    try {
      return shared(await open.directory, () => this.#release(path, open))
    } catch (error) {
      await this.#release(path, open)
      throw error
    }
  }

  #openAt(path: string): Open | null {
    const open = this.#open.get(path)
    return open !== undefined && performance.now() < open.untilMs ? open : null
  }

  #openAnew(path: string, parts: readonly string[]): Open {
    const untilMs = performance.now() + SHARED_MS
    const open = { directory: openDirectory(this.#root, parts), untilMs, users: 0 }
    this.#open.set(path, open)
    return open
  }

  async #release(path: string, open: Open): Promise<void> {
    open.users -= 1
    if (open.users > 0) return
    if (this.#open.get(path) === open) this.#open.delete(path)
    await open.directory.then(
      (directory) => directory.close(),
      () => {},
    )
  }
}

/** The same folder for one more user; it is closed with the last one. */
function shared(directory: Directory, release: () => Promise<void>): Directory {
  let released: Promise<void> | null = null
  return {
    at: (name) => directory.at(name),
    identity: () => directory.identity(),
    sync: () => directory.sync(),
    close: () => {
      released ??= release()
      return released
    },
  }
}
