import type { Failure } from '../../machines/failures.ts'
import type { Entry, FlatRanges } from '../../machines/messages.ts'

/** One served or receiving folder: the disk's, or the in-memory twin for specs. */
export interface Folder {
  /** Regular files at the top level, sorted by path; `.ferrygram-*` hidden. */
  list(): Promise<readonly Entry[]>
  /** Opens a file for reading. Rejects with FailureError (noSuchFile, notAFile, badName, permissionDenied …). */
  openSource(path: string): Promise<Source>
  /** The entry of a file that could be opened for reading, as far as one look tells; rejects as that does. */
  find(path: string): Promise<Entry>
  /** Looks, touching nothing, at what a put or get of `entry` would meet at `entry.path`. */
  look(entry: Entry, replace: boolean): Promise<TargetState>
  /**
   * Takes the target, and takes up its part file where an earlier sink was suspended or crashed.
   * Rejects with FailureError (exists, busy, noSpace …).
   */
  openSink(entry: Entry, replace: boolean): Promise<Sink>
  /**
   * SHA-256 of a file, in hex. Rejects with FailureError as openSource does, with sourceChanged,
   * and with cancelled once `signal` is aborted.
   */
  digest(path: string, signal?: AbortSignal): Promise<string>
}

/**
 * free: may be written, and these records of it are on disk already. identical: same size and
 * mtime. A failure: exists, busy, badName, notAFile …
 */
export type TargetState =
  | { readonly kind: 'free'; readonly stored: FlatRanges }
  | { readonly kind: 'identical' }
  | { readonly kind: 'refused'; readonly failure: Failure }

export interface Source {
  readonly entry: Entry
  /**
   * Exactly `lengthBytes` from `offsetBytes`, in a buffer of the caller's own: the start of `into`
   * perhaps, if there is one, which must hold as many. Rejects with sourceChanged when there are
   * fewer, or when a look in between (every UNCHECKED_BYTES_MAX) shows what verify would.
   */
  read(offsetBytes: number, lengthBytes: number, into?: Buffer): Promise<Buffer>
  /** Rejects with sourceChanged when size, mtime, ctime or inode are no longer those at open. */
  verify(): Promise<void>
  close(): Promise<void>
}

/** Where one file is received. It ends by commit, suspend or discard; the first to finish counts. */
export interface Sink {
  /** Records (of RECORD_BYTES) that were synced to disk before this sink was opened. */
  readonly stored: FlatRanges
  /**
   * Resolves once the bytes are written, though not yet synced; until then they must not change.
   * Takes whole records, several in a row if need be; those that are written already it passes over.
   */
  write(offsetBytes: number, bytes: Buffer): Promise<void>
  /**
   * Sync, set mtime, publish (link, or rename when replacing), sync the folder. Once only, and after
   * a failure suspend or discard is still owed.
   */
  commit(): Promise<void>
  /**
   * Syncs what is written, frees the target and keeps the part for a later sink to take up; removes
   * it when nothing is worth that: no record, or a file of only one. Never rejects, and may be
   * called at any time, also after commit.
   */
  suspend(): Promise<void>
  /** Removes the part file and frees the target. Never rejects; at any time, also after commit. */
  discard(): Promise<void>
}
