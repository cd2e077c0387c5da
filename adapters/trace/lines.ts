/** Raised when a reader of older traces would misread new ones; fields and types may be added. */
export const TRACE_VERSION = 1

/** Any value once it is written small: plain, finite, free of bytes. */
export type Digest =
  | null
  | boolean
  | number
  | string
  | readonly Digest[]
  | { readonly [name: string]: Digest }

/**
 * One line of a trace, told apart by `type`. Every `atMs` counts ms from the trace's beginning.
 * Actors are named by role and order: `client/put#1`, `server/session#3/transfer/congestion`.
 */
export type TraceLine =
  /** The first line. */
  | {
      readonly type: 'trace'
      readonly version: typeof TRACE_VERSION
      /** What a simulated run was seeded with; null for a real one. */
      readonly seed: number | null
      /** The wall clock at `atMs` 0, ISO 8601. */
      readonly startedAt: string
    }
  /** An actor was made. A name comes again when the same work is invoked again. */
  | {
      readonly type: 'actor'
      readonly atMs: number
      readonly actor: string
      /** Its statechart's id in the registry; null for a promise or an observable. */
      readonly machine: string | null
    }
  /** An event was taken. */
  | {
      readonly type: 'event'
      /**
       * Counts events in the order they were sent. One taken within another is written first; one
       * whose actor had ended is not written at all.
       */
      readonly n: number
      readonly atMs: number
      readonly actor: string
      readonly event: Digest
      /** The state it led to, `sending.lively`; of an actor without states its status. */
      readonly state: string
      /** A transfer's verdict, where the event brought a new one; what is false or empty is left out. */
      readonly verdict?: Digest
      /** What the machine of a whole session, or the menu, came to. */
      readonly output?: Digest
      readonly error?: Digest
    }
