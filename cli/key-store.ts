import { randomBytes } from 'node:crypto'
import { link, mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import type { Peer } from '../adapters/runtime/api.ts'
import { CommandError, EXIT } from './exit-codes.ts'
import { formatKey, makeKey, parseKey } from './keys.ts'
import { hostAndPort } from './peer.ts'

const Remembered = v.record(v.string(), v.string())
type Remembered = v.InferOutput<typeof Remembered>

/**
 * The keys in the user's config folder: the user's own, and those remembered for servers. The
 * folder is 0700 and its files 0600. Every method rejects with CommandError when the disk refuses
 * or when what is there is damaged.
 */
export class KeyStore {
  readonly #folder: string
  readonly #ownFile: string
  readonly #rememberedFile: string

  constructor(folder: string) {
    this.#folder = folder
    this.#ownFile = join(folder, 'key')
    this.#rememberedFile = join(folder, 'remembered-keys.json')
  }

  /** The user's own key, or null when none was made yet. */
  async own(): Promise<Uint8Array | null> {
    const text = await this.#read(this.#ownFile)
    if (text === null) return null
    const key = parseKey(text)
    if (key === null) throw damaged(this.#ownFile, 'run "ferrygram key rotate" for a new key')
    return key
  }

  /** The user's own key, made now when there is none. */
  async ownOrMade(): Promise<Uint8Array> {
    const existing = await this.own()
    if (existing !== null) return existing
    const made = makeKey()
    const kept = await this.#write(this.#ownFile, `${formatKey(made)}\n`, 'exclusive')
    return kept ? made : this.ownOrMade()
  }

  /** Makes a new key in the place of the user's own. */
  async rotate(): Promise<Uint8Array> {
    const made = makeKey()
    await this.#write(this.#ownFile, `${formatKey(made)}\n`, 'replacing')
    return made
  }

  /** The key remembered for a server, or null. */
  async rememberedFor(peer: Peer): Promise<Uint8Array | null> {
    const keys = await this.#remembered()
    const text = Object.hasOwn(keys, hostAndPort(peer)) ? keys[hostAndPort(peer)] : undefined
    if (text === undefined) return null
    const key = parseKey(text)
    if (key === null) throw damaged(this.#rememberedFile, 'repair or remove it')
    return key
  }

  /** Remembers a server's key from now on. */
  async remember(peer: Peer, key: Uint8Array): Promise<void> {
    const keys = new Map(Object.entries(await this.#remembered()))
    keys.set(hostAndPort(peer), formatKey(key))
    const text = `${JSON.stringify(Object.fromEntries(keys), null, 2)}\n`
    await this.#write(this.#rememberedFile, text, 'replacing')
  }

  async #remembered(): Promise<Remembered> {
    const text = await this.#read(this.#rememberedFile)
    if (text === null) return {}
    const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), Remembered), text)
    if (!parsed.success) throw damaged(this.#rememberedFile, 'repair or remove it')
    return parsed.output
  }

  async #read(file: string): Promise<string | null> {
    try {
      return await readFile(file, 'utf8')
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return null
      throw refused('read', file, error)
    }
  }

  /** Writes the whole file or nothing; false when it was to be new and another was there first. */
  async #write(file: string, text: string, how: 'exclusive' | 'replacing'): Promise<boolean> {
    const temporary = `${file}.${randomBytes(6).toString('hex')}`
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 })
      const handle = await open(temporary, 'wx', 0o600)
      try {
        await handle.writeFile(text)
        await handle.sync()
      } finally {
        await handle.close()
      }
      if (how === 'replacing') await rename(temporary, file)
      else await link(temporary, file)
      return true
    } catch (error) {
      if (how === 'exclusive' && codeOf(error) === 'EEXIST') return false
      throw refused('write', file, error)
    } finally {
      await rm(temporary, { force: true }).catch(() => undefined)
    }
  }
}

function damaged(file: string, advice: string): CommandError {
  return new CommandError(`The key file ${file} is damaged: ${advice}.`, EXIT.failed)
}

function refused(verb: string, file: string, cause: unknown): CommandError {
  const message = `Cannot ${verb} ${file} (${codeOf(cause)}): check its rights and its folder's.`
  return new CommandError(message, EXIT.failed, { cause })
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
