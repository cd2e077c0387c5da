import type { Observable } from 'rxjs'
import type { InspectionEvent } from 'xstate'
import type { Outcome } from '../../machines/failures.ts'
import type { Entry } from '../../machines/messages.ts'

/** Where a server is. `host` may be a name, an IPv4 or an IPv6 address. */
export interface Peer {
  readonly host: string
  readonly port: number
}

export interface SessionOptions {
  /** 32 bytes shared with the server; null for a server that was started without a key. */
  readonly key: Uint8Array | null
  /** File bytes per second at most, over the whole session. */
  readonly limitBytesPerS?: number
  /** UDP payload of every data datagram, 1 200 … 65 507. */
  readonly mtuBytes?: number
  /** How long a silent link is put up with before the session fails as `linkLost`. */
  readonly patienceMs?: number
  /** Aborting ends the session gracefully, as `cancelled`. */
  readonly signal?: AbortSignal
}

export interface PutOptions extends SessionOptions {
  /** The name it gets at the server; otherwise the last part of the path. */
  readonly as?: string
  readonly replace?: boolean
  /** Passes over a file that is there already, whatever its content. */
  readonly skip?: boolean
  /** Compares contents even where size and modification time agree. */
  readonly checksum?: boolean
}

/** Of several files: none is renamed. */
export type PutAllOptions = Omit<PutOptions, 'as'>

export interface GetOptions extends SessionOptions {
  /** The folder it is stored in; otherwise the current one, as `received_<name>`. */
  readonly into?: string
  /** The local name; otherwise `received_<name>`, or `<name>` with `into`. */
  readonly as?: string
  readonly replace?: boolean
  /** Passes over a file that is there already, whatever its content. */
  readonly skip?: boolean
  /** Compares contents even where size and modification time agree. */
  readonly checksum?: boolean
}

/** Of several files: none is renamed. */
export type GetAllOptions = Omit<GetOptions, 'as'>

export interface Stored {
  /** put: the path at the server. get: the local path. */
  readonly path: string
  readonly sizeBytes: number
  /** Nothing was moved: the same file was there, or with `skip` any of that name. */
  readonly alreadyThere: boolean
}

/** What became of one of several files. */
export interface FileOutcome {
  /** The path as it was given. */
  readonly path: string
  readonly outcome: Outcome<Stored>
}

/** How a transfer stands; emitted at most every 100 ms, and once at its end. */
export interface Progress {
  readonly atMs: number
  /** File bytes stored by the receiver so far. */
  readonly doneBytes: number
  readonly totalBytes: number
  /** Of several files: how many are stored, the first ones counting up to one that is not. */
  readonly files?: { readonly done: number; readonly total: number }
  /** Lost datagrams over sent ones, 0 … 1; null on the receiving side. */
  readonly lossShare: number | null
  readonly rttMs: number | null
  /** The state of the sender or receiver that moves the bytes: says what limits it. */
  readonly state: string
}

/** A session under way. */
export interface Running<Ok, Step = Progress> {
  /** Never rejects. */
  readonly outcome: Promise<Outcome<Ok>>
  /** Completes with the outcome, never errors; replays its newest value. */
  readonly progress$: Observable<Step>
  /** When the session's last datagram left and its socket is closed; after `outcome`. */
  readonly closed: Promise<void>
}

export interface ServeOptions {
  readonly key: Uint8Array | null
  /** The address to listen at; all of them unless given. */
  readonly host?: string
  /** The folder served. */
  readonly root: string
  readonly sessionsMax?: number
  readonly fileBytesMax?: number
  readonly exitAllowed?: boolean
}

/** What a server tells about the sessions it serves. */
export type ServerReport =
  | {
      readonly type: 'opened'
      readonly session: number
      readonly verb: string
      readonly path: string | null
      readonly from: string
    }
  | {
      readonly type: 'ended'
      readonly session: number
      readonly verb: string
      readonly outcome: Outcome<{ readonly sizeBytes: number; readonly alreadyThere: boolean }>
    }
  | { readonly type: 'draining'; readonly sessions: number }

export interface Server {
  readonly host: string
  readonly port: number
  readonly reports$: Observable<ServerReport>
  /** Stops taking sessions, lets those under way finish, then closes. */
  drain(): void
  /** Ends every session at once. */
  stop(): void
  /** When the socket is closed, whoever asked for it. */
  readonly closed: Promise<void>
}

/** The package's API: the same over the real network and the simulated one. */
export interface Ferrygram {
  /** What watches the machines of its sessions, for machines around them. */
  readonly inspect?: ((inspection: InspectionEvent) => void) | undefined
  put(peer: Peer, path: string, options: PutOptions): Running<Stored>
  /**
   * Puts several files in one session, each by the last part of its path; their outcomes come in
   * the order of `paths`. One that fails keeps no other from being stored. At most 100 000.
   */
  putAll(
    peer: Peer,
    paths: readonly string[],
    options: PutAllOptions,
  ): Running<{ readonly files: readonly FileOutcome[] }>
  get(peer: Peer, path: string, options: GetOptions): Running<Stored>
  /**
   * Gets several files in one session; their outcomes come in the order of `names`. One that fails
   * keeps no other from being stored. At most 100 000.
   */
  getAll(
    peer: Peer,
    names: readonly string[],
    options: GetAllOptions,
  ): Running<{ readonly files: readonly FileOutcome[] }>
  list(peer: Peer, options: SessionOptions): Running<{ readonly entries: readonly Entry[] }>
  /** Steps are the number of sessions the server still waits for. */
  exit(
    peer: Peer,
    options: SessionOptions,
  ): Running<{ readonly waitedFor: number }, { readonly sessions: number }>
  /** Rejects with a FailureError. Port 0 is a free one. */
  serve(port: number, options: ServeOptions): Promise<Server>
}
