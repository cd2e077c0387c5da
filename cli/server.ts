import { resolve } from 'node:path'
import type { Ferrygram, ServeOptions, Server } from '../adapters/runtime/api.ts'
import { FailureError } from '../machines/failures.ts'
import { tuneEngine } from './engine.ts'
import { CommandError, EXIT, type ExitCode, exitCodeOf } from './exit-codes.ts'
import { type KeyFlags, serverKey } from './find-key.ts'
import type { Io } from './io.ts'
import { formatKey } from './keys.ts'
import { Output, type OutputFlags } from './output.ts'
import { hostAndPort, isLoopback, reachableHost } from './peer.ts'
import { sentence } from './sentences.ts'
import { reportLine, reportText } from './server-lines.ts'

export interface ServerFlags extends KeyFlags, OutputFlags {
  readonly host?: string
  readonly root?: string
  readonly maxSessions?: number
  readonly maxFile?: number
  /** False for `--no-remote-exit`. */
  readonly remoteExit?: boolean
}

/** `ferrygram server`: serves a folder until it is told to end, here or from afar. */
export async function serverCommand(
  ferrygram: Ferrygram,
  io: Io,
  port: number,
  flags: ServerFlags,
): Promise<ExitCode> {
  const output = new Output(io, flags)
  const key = await serverKey(io, flags)
  const root = resolve(io.currentFolder, flags.root ?? '.')
  const server = await startServer(ferrygram, port, serveOptions(flags, root, key))
  const reports = server.reports$.subscribe((report) => {
    output.line(reportLine(report))
    output.say(reportText(report))
  })
  tellStart(output, server, root, key, flags.host)
  void tuneEngine()
  const code = await untilClosed(io, output, server)
  reports.unsubscribe()
  return code
}

/** Starts serving, or rejects with a CommandError that says why not. */
export async function startServer(
  ferrygram: Ferrygram,
  port: number,
  options: ServeOptions,
): Promise<Server> {
  try {
    return await ferrygram.serve(port, options)
  } catch (cause) {
    if (!(cause instanceof FailureError)) throw cause
    const where = hostAndPort({ host: options.host ?? 'this machine', port })
    // A port that is taken is no link that failed: for a server, it is just a failure.
    const ownSocket = cause.failure.kind === 'socketError'
    const code = ownSocket ? EXIT.failed : exitCodeOf(cause.failure)
    throw new CommandError(sentence(cause.failure, where), code, { cause })
  }
}

function serveOptions(flags: ServerFlags, root: string, key: Uint8Array | null): ServeOptions {
  return {
    key,
    root,
    exitAllowed: flags.remoteExit !== false,
    ...(flags.host !== undefined && { host: flags.host }),
    ...(flags.maxSessions !== undefined && { sessionsMax: flags.maxSessions }),
    ...(flags.maxFile !== undefined && { fileBytesMax: flags.maxFile }),
  }
}

function tellStart(
  output: Output,
  server: Server,
  root: string,
  key: Uint8Array | null,
  host: string | undefined,
): void {
  const { port } = server
  const beyondLoopback = !isLoopback(server.host)
  const everywhere = host === undefined || host === '0.0.0.0' || host === '::'
  output.line({ type: 'listening', host: server.host, port, root })
  output.tell(`Serving ${root}`)
  output.tell(`Listening at ${hostAndPort(server)} (UDP)`)
  const reachedAt = everywhere && beyondLoopback ? reachableHost() : server.host
  output.tell(`Connect with: ferrygram client ${reachedAt} ${port}${key ? '' : ' --no-key'}`)
  if (key === null) {
    output.warn('no key: anyone who reaches this port can take and add files, and end the server.')
  } else if (beyondLoopback) {
    output.tell(`Key: ${formatKey(key)}`)
  }
}

/** The first Ctrl-C or SIGTERM lets the sessions end, the second ends them. */
async function untilClosed(io: Io, output: Output, server: Server): Promise<ExitCode> {
  let code: ExitCode = EXIT.done
  const stopListening = io.onSignal((signal) => {
    const first = code === EXIT.done
    code = signal === 'SIGINT' ? EXIT.interrupted : EXIT.terminated
    if (first) {
      output.tell('Ending once the sessions under way have ended; once more ends them now.')
      server.drain()
    } else {
      server.stop()
    }
  })
  await server.closed
  stopListening()
  return code
}
