import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { PathMemory, type Paths } from '../adapters/runtime/path-memory.ts'
import type { KnownPath } from '../machines/recovery/known-path.ts'

const positive = v.pipe(v.number(), v.finite(), v.gtValue(0))
const Kept = v.record(
  v.string(),
  v.object({ rateBytesPerS: positive, rttMs: positive, atMs: v.pipe(v.number(), v.finite()) }),
)

/**
 * The paths that commands found, kept in `paths.json` in the user's config folder, so that the next
 * command begins with them. It is read and written whole each time, for others may run at once. A
 * file that is damaged or cannot be written is no failure: the path is searched then.
 */
export class KeptPaths implements Paths {
  readonly #folder: string
  readonly #file: string

  constructor(configFolder: string) {
    this.#folder = configFolder
    this.#file = join(configFolder, 'paths.json')
  }

  take(host: string): KnownPath | null {
    const memory = this.#read()
    const wasTold = memory.told.has(host)
    const path = memory.take(host)
    if (wasTold) this.#write(memory)
    return path
  }

  remember(host: string, path: KnownPath): void {
    const memory = this.#read()
    memory.remember(host, path)
    this.#write(memory)
  }

  #read(): PathMemory {
    try {
      const kept = v.parse(Kept, JSON.parse(readFileSync(this.#file, 'utf8')))
      return new PathMemory(Object.entries(kept))
    } catch {
      return new PathMemory()
    }
  }

  #write({ told }: PathMemory): void {
    const temporary = `${this.#file}.${randomBytes(6).toString('hex')}`
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 })
      writeFileSync(temporary, JSON.stringify(Object.fromEntries(told)), { mode: 0o600 })
      renameSync(temporary, this.#file)
    } catch {
      if (existsSync(temporary)) rmSync(temporary)
    }
  }
}
