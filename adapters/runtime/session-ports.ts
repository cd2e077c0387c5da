import type { Ports } from '../../machines/ports.ts'
import type { SessionWire } from '../wire/session-wire.ts'
import type { SessionFiles } from './session-files.ts'
import type { SessionLink } from './session-link.ts'

/** What the handles that a session's machine carries really are. */
export class SessionPorts implements Ports {
  readonly link: SessionLink
  readonly folder: SessionFiles
  #wire: SessionWire | null = null

  constructor(link: SessionLink, folder: SessionFiles) {
    this.link = link
    this.folder = folder
  }

  /** The session's wire; throws before there is one. */
  get wire(): SessionWire {
    if (this.#wire === null) throw new Error('the session has no wire yet')
    return this.#wire
  }

  /** Whether the peer was heard under the newest keys. */
  get hasKeys(): boolean {
    return this.#wire?.isSecured ?? false
  }

  adopt(wire: SessionWire): void {
    this.#wire = wire
    this.link.adopt(wire)
  }

  /** Ends the stream and its timers, then closes files; a target not committed leaves no trace. */
  async close(): Promise<void> {
    this.link.close()
    await this.folder.close()
  }
}

/** The ports of a session, as the actions provided here know them. */
export function portsOf({ ports }: { readonly ports: Ports }): SessionPorts {
  if (ports instanceof SessionPorts) return ports
  throw new Error('these ports were not made by this runtime')
}
