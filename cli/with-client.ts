import type { Ferrygram, Peer, Running, SessionOptions } from '../adapters/runtime/api.ts'
import type { Failure } from '../machines/failures.ts'
import { EXIT, type ExitCode, exitCodeOf } from './exit-codes.ts'
import { type FoundKey, findKey, type KeyFlags } from './find-key.ts'
import { Interruption } from './interruption.ts'
import type { Io } from './io.ts'
import { failedLine } from './json-lines.ts'
import { Output, type OutputFlags } from './output.ts'
import { hostAndPort } from './peer.ts'
import { sentence } from './sentences.ts'

/** What every command that talks to a server can be told, as commander reads it. */
export interface ClientFlags extends KeyFlags, OutputFlags {
  readonly limit?: number
  readonly mtu?: number
  readonly patience?: number
}

/** What every command that talks to a server works with. */
export interface Client {
  readonly ferrygram: Ferrygram
  readonly io: Io
  readonly output: Output
  readonly peer: Peer
  /** The server as the user knows it, `HOST:PORT`. */
  readonly where: string
  /** For each session; its signal follows Ctrl-C. */
  readonly options: SessionOptions & { readonly signal: AbortSignal }
  /** Takes note of a session, so that the process waits for its last datagram. */
  track<Session extends Running<unknown, unknown>>(session: Session): Session
  /** When every session tracked so far is closed. */
  closed(): Promise<void>
  /** To call when a session succeeded: the key is right. */
  succeeded(): Promise<void>
}

/**
 * Finds the key, does `work` with what it needs, then waits for its sessions to close.
 * @returns the exit code: work's, unless Ctrl-C or SIGTERM came first
 */
export async function withClient(
  ferrygram: Ferrygram,
  io: Io,
  peer: Peer,
  flags: ClientFlags,
  work: (client: Client) => Promise<ExitCode>,
): Promise<ExitCode> {
  const output = new Output(io, flags)
  return withKey(ferrygram, io, peer, flags, await findKey(io, output, peer, flags), work)
}

/**
 * For a command that is about no file: has `ask` tell what the server answers, and tells the failure
 * that it returns.
 */
export function askServer(
  verb: 'list' | 'exit',
  ferrygram: Ferrygram,
  io: Io,
  peer: Peer,
  flags: ClientFlags,
  ask: (client: Client, signal: AbortSignal) => Promise<Failure | null>,
): Promise<ExitCode> {
  return withClient(ferrygram, io, peer, flags, async (client) => {
    const { output, where } = client
    const failure = await ask(client, client.options.signal)
    if (failure === null) return EXIT.done
    output.line(failedLine(verb, null, failure, where))
    output.fail(sentence(failure, where))
    return exitCodeOf(failure)
  })
}

/** As `withClient`, with a key that is known. */
export async function withKey(
  ferrygram: Ferrygram,
  io: Io,
  peer: Peer,
  flags: ClientFlags,
  found: FoundKey,
  work: (client: Client) => Promise<ExitCode>,
): Promise<ExitCode> {
  const interruption = new Interruption(io)
  const closings = new Set<Promise<void>>()
  const client: Client = {
    ferrygram,
    io,
    output: new Output(io, flags),
    peer,
    where: hostAndPort(peer),
    options: sessionOptions(flags, found.key, interruption.signal),
    track(session) {
      const closed = session.closed.finally(() => closings.delete(closed))
      closings.add(closed)
      return session
    },
    closed: async () => void (await Promise.allSettled(closings)),
    succeeded: () => found.remember(),
  }
  try {
    const worked = await work(client)
    const code = interruption.exitCode ?? worked
    await client.closed()
    return code
  } finally {
    interruption.dispose()
  }
}

function sessionOptions(flags: ClientFlags, key: Uint8Array | null, signal: AbortSignal) {
  return {
    key,
    signal,
    ...(flags.limit !== undefined && { limitBytesPerS: flags.limit }),
    ...(flags.mtu !== undefined && { mtuBytes: flags.mtu }),
    ...(flags.patience !== undefined && { patienceMs: flags.patience }),
  }
}
