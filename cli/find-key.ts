import { open } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Peer } from '../adapters/runtime/api.ts'
import { CommandError, EXIT } from './exit-codes.ts'
import type { Io } from './io.ts'
import { KeyStore } from './key-store.ts'
import { parseKey } from './keys.ts'
import type { Output } from './output.ts'
import { hostAndPort, isThisMachine } from './peer.ts'

const KEY_FILE_BYTES_MAX = 4_096
const ATTEMPTS_MAX = 3

export interface KeyFlags {
  /** False for `--no-key`. */
  readonly key?: boolean
  readonly keyFile?: string
}

export interface FoundKey {
  readonly key: Uint8Array | null
  /** To call once the key has proved right: keeps one that was typed, if that was agreed to. */
  remember(): Promise<void>
}

/**
 * The key for a server, from the first place that has one: `--key-file`, `FERRYGRAM_KEY`,
 * remembered for HOST:PORT, the user's own when HOST is this machine, the person at the terminal.
 * Rejects with CommandError: usage when one is mistyped, notAllowed when there is none.
 */
export async function findKey(
  io: Io,
  output: Output,
  peer: Peer,
  flags: KeyFlags,
): Promise<FoundKey> {
  if (flags.key === false) {
    output.warn('no key: anyone on the way can read and change what is moved.')
    return settled(null)
  }
  const given = await givenKey(io, flags)
  if (given !== null) return settled(given)
  const store = new KeyStore(io.configFolder)
  const kept =
    (await store.rememberedFor(peer)) ?? (isThisMachine(peer.host) ? await store.own() : null)
  if (kept !== null) return settled(kept)
  if (io.stdin.isTTY !== true || io.stderr.isTTY !== true) throw noKey(peer)
  return askForKey(io, output, peer, store)
}

/** The key for a server to serve with: given, or the user's own, made when there is none. */
export async function serverKey(io: Io, flags: KeyFlags): Promise<Uint8Array | null> {
  if (flags.key === false) return null
  return (await givenKey(io, flags)) ?? new KeyStore(io.configFolder).ownOrMade()
}

async function givenKey(io: Io, { keyFile }: KeyFlags): Promise<Uint8Array | null> {
  if (keyFile !== undefined) {
    const text = await readKeyFile(resolve(io.currentFolder, keyFile))
    return checked(text, `The key in ${keyFile}`)
  }
  const text = io.env.FERRYGRAM_KEY
  return text ? checked(text, 'The key in FERRYGRAM_KEY') : null
}

function checked(text: string, what: string): Uint8Array {
  const key = parseKey(text)
  if (key !== null) return key
  throw new CommandError(
    `${what} is mistyped: it is 14 groups of 4 characters, as "ferrygram key" shows it, ` +
      'or 64 hex digits.',
    EXIT.usage,
  )
}

async function readKeyFile(file: string): Promise<string> {
  try {
    const handle = await open(file)
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(KEY_FILE_BYTES_MAX))
      return buffer.toString('utf8', 0, bytesRead)
    } finally {
      await handle.close()
    }
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown'
    throw new CommandError(
      `The key file ${file} cannot be read (${code}): check its name and rights.`,
      code === 'ENOENT' || code === 'EISDIR' ? EXIT.noSuchFile : EXIT.failed,
      { cause },
    )
  }
}

async function askForKey(io: Io, output: Output, peer: Peer, store: KeyStore): Promise<FoundKey> {
  const { Prompt } = await import('./prompt.ts')
  const interrupted = new AbortController()
  const prompt = new Prompt(io, { onInterrupt: () => interrupted.abort() })
  const ask = (text: string) =>
    new Promise<string>((answer, reject) => {
      const leave = () => reject(new CommandError('Interrupted.', EXIT.interrupted))
      interrupted.signal.addEventListener('abort', leave)
      prompt.read(text, (line) => (line === null ? reject(noKey(peer)) : answer(line)))
    })
  try {
    output.tell(`The server's key is shown where it was started, and there by "ferrygram key".`)
    for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
      const key = parseKey(await ask(`Key of ${hostAndPort(peer)}: `))
      if (key === null) {
        output.fail('That is no key: it is 14 groups of 4 characters, the last one a checksum.')
        continue
      }
      const keep = /^y(es)?$/i.test((await ask('Remember it? [y/N] ')).trim())
      return { key, remember: once(() => (keep ? store.remember(peer, key) : undefined)) }
    }
    throw new CommandError('The key was mistyped three times.', EXIT.usage)
  } finally {
    prompt.close()
  }
}

function noKey(peer: Peer): CommandError {
  return new CommandError(
    `There is no key for ${hostAndPort(peer)}: ask for the one its server shows at its start, ` +
      'and give it with --key-file FILE or in FERRYGRAM_KEY (--no-key is for servers without one).',
    EXIT.notAllowed,
  )
}

function settled(key: Uint8Array | null): FoundKey {
  return { key, remember: async () => {} }
}

function once(work: () => Promise<void> | undefined): () => Promise<void> {
  let done: Promise<void> | undefined
  return async () => {
    done ??= Promise.resolve(work())
    await done
  }
}
