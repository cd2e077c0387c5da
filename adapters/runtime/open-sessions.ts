import type { Request } from '../../machines/messages.ts'
import type { ServerWire } from '../wire/server-wire.ts'
import type { ServerPorts } from './server-machines.ts'

export interface OpenSession {
  readonly ports: ServerPorts
  readonly ended: Promise<void>
  readonly request: Request
  /** Whether its client was not heard for a while. */
  isSilent(): boolean
}

/** The sessions of a server, each until its last word was said and its files are closed. */
export class OpenSessions {
  readonly #sessions = new Map<string, OpenSession>()

  get size(): number {
    return this.#sessions.size
  }

  all(): readonly OpenSession[] {
    return [...this.#sessions.values()]
  }

  add(sessionId: string, session: OpenSession): void {
    this.#sessions.set(sessionId, session)
  }

  delete(sessionId: string): void {
    this.#sessions.delete(sessionId)
  }

  /** The session that a new one names, or else one that fell silent on the new one's target. */
  predecessorOf({ hello, sessionId }: ServerWire): OpenSession | undefined {
    const named = Buffer.from(hello.resumes ?? '', 'hex').toString('latin1')
    const predecessor = this.#sessions.get(named)
    if (predecessor !== undefined || hello.request.verb !== 'put') return predecessor
    return this.silentOn(hello.request.entry.path, sessionId)
  }

  /** A session, but for the one of that id, that receives `path` and whose client fell silent. */
  silentOn(path: string, sessionId: string): OpenSession | undefined {
    for (const [id, open] of this.#sessions) {
      if (id !== sessionId && receives(open, path) && open.isSilent()) return open
    }
    return undefined
  }
}

function receives({ request, ports }: OpenSession, path: string): boolean {
  if (request.verb === 'put') return request.entry.path === path
  return ports.folder.batch?.receives(path) ?? false
}
