import type { Failure } from './failures.ts'
import type { Answer, Control, ControlKind, FlatRanges, Introduction, Request } from './messages.ts'
import type { TransportTimer } from './timers.ts'

/**
 * Header fields of the data datagrams of one burst, column by column: row i of every column
 * belongs to the same datagram. Only rows 0 ≤ i < count count; columns may be longer.
 */
export interface DataColumns {
  readonly count: number
  readonly packetNumbers: Float64Array
  readonly records: Float64Array
  /** Bytes from the start of the sealed record. */
  readonly offsets: Uint32Array
  /** Bytes of the slice. */
  readonly lengths: Uint32Array
  /** The slices themselves, for adapters alone; machines pass it on unread. */
  readonly slices: SliceHandle
}

declare const sliceHandle: unique symbol
/** Opaque to machines: where an adapter finds the bytes of a burst again. */
export interface SliceHandle {
  readonly [sliceHandle]: true
}

/** The datagrams of one session that arrived together, opened and checked. */
export interface BurstEvent {
  readonly type: 'burst'
  readonly atMs: number
  readonly data: DataColumns
  /** In order of arrival, replays already dropped, old statuses superseded by newer ones. */
  readonly controls: readonly NumberedControl[]
  /** client: the welcome that opened. */
  readonly welcome: Welcome | null
  /** client: why a plain refusal quoting our hello says it refuses: wrongKey, versionUnsupported. */
  readonly refused: Failure | null
  /** server: how many repeats of this session's own hello arrived. */
  readonly hellos: number
}

/** A control with its number: counts up from 0 in each direction, never reused. */
export type NumberedControl = Control & { readonly number: number }

/** What a welcome carries once opened. */
export interface Welcome {
  readonly answer: Answer
  readonly introduction: Introduction
}

/** What a hello carries once opened. */
export interface Hello {
  readonly request: Request
  readonly introduction: Introduction
  /** The session this one takes over from, as 16 hex digits. */
  readonly resumes?: string | undefined
}

/** A transport timer that was armed by `armTimer` went off. */
export interface TimeoutEvent {
  readonly type: 'timeout'
  readonly timer: TransportTimer
  readonly atMs: number
}

/** The network said that nothing listens at the peer's address (ICMP, ECONNREFUSED). */
export interface UnreachableEvent {
  readonly type: 'unreachable'
  readonly atMs: number
}

/** Results of disk work, record by record. */
export type FileEvent =
  /** Records first ≤ n < first + count are read and sealed, ready to be sent. */
  | { readonly type: 'recordsSealed'; readonly first: number; readonly count: number }
  /** These records are opened and written. */
  | { readonly type: 'recordsStored'; readonly records: readonly number[]; readonly atMs: number }
  /** These complete records failed to open; what arrived of them is kept. */
  | { readonly type: 'recordsRejected'; readonly records: readonly number[] }
  /** These blocks of a record that failed to open differ from its digests; none if all match. */
  | {
      readonly type: 'blocksRejected'
      readonly record: number
      readonly blocks: readonly number[]
    }
  | { readonly type: 'fileFailed'; readonly failure: Failure }
  /**
   * receiver: the targets of the manifest's next entries were looked at, the last of them if `isLast`.
   * They are this large; these records need not come.
   */
  | {
      readonly type: 'targetsLookedAt'
      readonly sizesBytes: readonly number[]
      readonly spared: FlatRanges
      readonly isLast: boolean
    }
  /** receiver: these records need no longer come. */
  | { readonly type: 'recordsSpared'; readonly records: FlatRanges }
  /** server: the files that were asked for are looked at, and this is what can be sent of them. */
  | {
      readonly type: 'sourcesOpened'
      readonly manifestBytes: number
      /** Of each entry, in order. */
      readonly sizesBytes: readonly number[]
      readonly atMs: number
    }
  /** sender: this entry cannot be read, or is no longer what the manifest says. */
  | { readonly type: 'entryFailed'; readonly entry: number; readonly failure: Failure }

/** What the user or the runtime asks of a session under way. */
export type CommandEvent =
  /** End now, as `cancelled`. */
  | { readonly type: 'cancel' }
  /** server: another session took over; end as `superseded`. */
  | { readonly type: 'supersede' }
  /** server: it takes no new sessions, and waits for this one. */
  | { readonly type: 'drain' }
  /** server: its turn has come, and it may receive so many records. */
  | { readonly type: 'admitted'; readonly windowRecords: number; readonly atMs: number }
  /** server, exit: this many other sessions are still under way. */
  | { readonly type: 'sessionsLeft'; readonly sessions: number }

/** What the sending side of the link reports. */
export type TransferEvent =
  /** Our first hello or welcome left. */
  | { readonly type: 'greeted'; readonly atMs: number }
  /** The pacing loop stopped: nothing more may be sent for now. */
  | { readonly type: 'paused'; readonly atMs: number }

/** What the address a control came from, or what it asks about an address, tells. */
export type AddressEvent =
  /** server: the newest control came from an address that is not known to be the client's. */
  | { readonly type: 'addressChanged'; readonly atMs: number }
  /** server: that address echoed its challenge, `rttMs` after it was sent. */
  | { readonly type: 'addressProved'; readonly rttMs: number; readonly atMs: number }
  /** client: the server asks whether this side is where its controls come from. */
  | { readonly type: 'challenged'; readonly token: Uint8Array; readonly atMs: number }

/** Everything that comes on the one stream of a session. */
export type SessionEvent =
  | BurstEvent
  | TimeoutEvent
  | UnreachableEvent
  | FileEvent
  | CommandEvent
  | TransferEvent
  | AddressEvent

/** The first control of a kind that an event carries, if it is a burst that carries one. */
export function carried<Kind extends ControlKind>(
  event: { readonly type: string },
  kind: Kind,
): Extract<NumberedControl, { kind: Kind }> | undefined {
  if (!isBurst(event)) return undefined
  return event.controls.find(
    (control): control is Extract<NumberedControl, { kind: Kind }> => control.kind === kind,
  )
}

export function isBurst(event: { readonly type: string }): event is BurstEvent {
  return event.type === 'burst'
}
