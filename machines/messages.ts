import type { Failure } from './failures.ts'

/** One file as a session speaks of it. PROTOCOL "Entries". */
export interface Entry {
  /** Relative to the serving folder, `/` between its parts, kept byte for byte. */
  readonly path: string
  readonly sizeBytes: number
  /** Modification time in whole microseconds since the Unix epoch. */
  readonly mtimeUs: number
}

/** What a client asks for; travels inside the hello. PROTOCOL "Requests". */
export type Request =
  | ({ readonly verb: 'put'; readonly entry: Entry; readonly replace: boolean } & Comparison)
  | BatchRequest
  | ({ readonly verb: 'get'; readonly path: string } & Comparison)
  | NamesRequest
  | { readonly verb: 'list' }
  | { readonly verb: 'exit' }

/** put of several files: a manifest of their entries follows, then their records. */
export interface BatchRequest {
  readonly verb: 'putAll'
  readonly manifestBytes: number
  readonly replace: boolean
  /** Compare contents even where size and modification time agree. */
  readonly checksum?: boolean | undefined
}

/** get of several files: so many bytes of their names follow, and come back as their entries. */
export interface NamesRequest {
  readonly verb: 'getAll'
  readonly namesBytes: number
}

/** What there is of a file that is wanted: an entry, which its name makes whole, or a failure. */
export type Finding = Omit<Entry, 'path'> | Failure

/** How a put or get is compared with a file that is there. */
export interface Comparison {
  /** SHA-256 of the client's file in hex, once it was asked for. */
  readonly digest?: string | undefined
  /** Compare contents even where size and modification time agree. */
  readonly checksum?: boolean | undefined
}

/** What each side tells the other about itself in hello and welcome. */
export interface Introduction {
  /** Records 0 ≤ n < windowRecords may be sent at once, before the first status. */
  readonly windowRecords: number
  /** What the kernel really gave this side's socket; bounds bytes in flight on short paths. */
  readonly socketBufferBytes: number
  /** What this side wants to be sent a second at most; no bound unless given. */
  readonly rateBytesPerSMax?: number | undefined
  /** UDP payload of each datagram it wants to be sent; the other side finds out unless given. */
  readonly datagramBytes?: number | undefined
}

/** What a server answers; travels inside the welcome. PROTOCOL "Answers". */
export type Answer =
  /** put: send it, but for the records that are stored. exit: prove yourself and it is done. */
  | { readonly kind: 'accepted'; readonly stored: FlatRanges }
  /** put: the very file is there, by size and modification time. */
  | { readonly kind: 'identical' }
  /** put: a file of that size is there; ask again with the digest of yours. */
  | { readonly kind: 'compare' }
  /** The digest that was said is compared as soon as the client proved itself; wait. */
  | { readonly kind: 'comparing' }
  /** get: this file follows. */
  | { readonly kind: 'sending'; readonly entry: Entry }
  /** list: the whole list, small enough to ride here. */
  | { readonly kind: 'listed'; readonly entries: readonly Entry[] }
  /** list: a manifest of this many bytes follows as records. */
  | { readonly kind: 'manifest'; readonly manifestBytes: number }
  | { readonly kind: 'refused'; readonly failure: Failure }

/** What became of an entry of a batch that was not just stored. */
export type EntryResult =
  /** The very file is there: by size and modification time. */
  | { readonly kind: 'identical' }
  /** A file of that size is there: put it alone, to compare them. */
  | { readonly kind: 'compare' }
  /** Its path is empty: the entry names it. */
  | { readonly kind: 'failed'; readonly failure: Failure }

/** Entries next to each other that came to the same, by their places in the manifest. */
export interface ResultRun {
  readonly first: number
  readonly last: number
  readonly result: EntryResult
}

/** Ascending, disjoint, inclusive ranges laid flat: first, last, first, last, … */
export type FlatRanges = readonly number[]

/**
 * The one cumulative report of a receiver: newest wins, repeated until there is progress.
 * PROTOCOL "Status".
 */
export interface Status {
  readonly kind: 'status'
  /** Packet numbers received, newest ranges first kept when they do not all fit. */
  readonly packets: FlatRanges
  /** From the arrival of the largest packet number to the sending of this status. */
  readonly delayMs: number
  /** Records opened and stored; only these free memory at the sender. */
  readonly opened: FlatRanges
  /** Records below this number may be sent. */
  readonly windowRecords: number
  /** Records that failed to open; their digests are wanted. */
  readonly rejected: readonly number[]
  /**
   * Blocks wanted again even if they were acknowledged, laid flat: record, its blocks 0 … 31 as
   * bits, its blocks 32 … 63 as bits, …
   */
  readonly missing: readonly number[]
  /** The receiver has every record and is making the file durable. */
  readonly storing: boolean
}

/** A sealed control message; each travels in a datagram of its own. PROTOCOL "Control". */
export type Control =
  | Status
  /** Proves the sender's address and asks for whatever the peer would say next. */
  | { readonly kind: 'ping' }
  /**
   * Of a record that failed to open: the first DIGEST_BYTES of the SHA-256 of each of its blocks,
   * one behind the other. PROTOCOL "Rejected records".
   */
  | { readonly kind: 'digests'; readonly record: number; readonly digests: Uint8Array }
  /** To an address that the client may have moved to; to be echoed from there. PROTOCOL "Moving". */
  | { readonly kind: 'challenge'; readonly token: Uint8Array }
  /** The token of a challenge, from where it arrived. */
  | { readonly kind: 'response'; readonly token: Uint8Array }
  /** exit: this many other sessions are still being waited for. */
  | { readonly kind: 'draining'; readonly sessions: number }
  /** The session waits for its turn; said whenever the client asks. PROTOCOL "Turns". */
  | { readonly kind: 'queued' }
  /** The contents are still being compared; said whenever the client asks. */
  | { readonly kind: 'comparing' }
  /**
   * The receiver stored everything, of a batch everything but so many entries of which the results
   * tell; or the contents are the same.
   */
  | { readonly kind: 'done'; readonly exceptions?: number | undefined }
  /** getAll: the files were looked at; a manifest of this many bytes follows as records. */
  | { readonly kind: 'manifest'; readonly manifestBytes: number }
  /** The sender of a batch: this entry will not come. */
  | { readonly kind: 'withdrawn'; readonly entry: number; readonly failure: Failure }
  /** What became of a batch from this entry on? */
  | { readonly kind: 'question'; readonly from: number }
  /** What became of the entries from ≤ n < to: those that no run names were stored. */
  | {
      readonly kind: 'results'
      readonly from: number
      readonly to: number
      readonly runs: readonly ResultRun[]
    }
  /** Courtesy: nothing further will be said. */
  | { readonly kind: 'bye' }
  /** This side gives up; never answered by an error. */
  | { readonly kind: 'error'; readonly failure: Failure }

export type ControlKind = Control['kind']
