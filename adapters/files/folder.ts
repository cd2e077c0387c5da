import type { Failure } from '../../machines/failures.ts'
import type { Entry, FlatRanges } from '../../machines/messages.ts'

/** One served or receiving folder: the disk's, or the in-memory twin for specs. */
export interface Folder {
  /** Regular files at the top level, sorted by path; `.ferrygram-*` hidden. */
  list(): Promise<readonly Entry[]>
  /** Opens a file for reading. Rejects with FailureError (noSuchFile, notAFile, badName, permissionDenied …). */
  openSource(path: string): Promise<Source>
  /** Looks, touching nothing, at what a put or get of `entry` would meet at `entry.path`. */
  look(entry: Entry, replace: boolean): Promise<TargetState>
  /** Takes the target and starts its part file. Rejects with FailureError (exists, busy, noSpace …). */
  openSink(entry: Entry, replace: boolean): Promise<Sink>
}

/** free: may be written. identical: same size and mtime. A failure: exists, busy, badName, notAFile … */
export type TargetState =
  | { readonly kind: 'free'; readonly stored: FlatRanges }
  | { readonly kind: 'identical' }
  | { readonly kind: 'refused'; readonly failure: Failure }

export interface Source {
  readonly entry: Entry
  /** Exactly `lengthBytes` from `offsetBytes`, in a buffer the caller may keep; rejects with sourceChanged when short. */
  read(offsetBytes: number, lengthBytes: number): Promise<Buffer>
  /** Rejects with sourceChanged when size, mtime, ctime or inode are no longer those at open. */
  verify(): Promise<void>
  close(): Promise<void>
}

export interface Sink {
  /** Records that an earlier sink of the same file stored and synced. */
  readonly stored: FlatRanges
  write(offsetBytes: number, bytes: Buffer): Promise<void>
  /**
   * Sync, set mtime, publish (link, or rename when replacing), sync the folder. Once only, and after
   * a failure discard is still owed.
   */
  commit(): Promise<void>
  /** Syncs and closes what is there and keeps it, for a later sink of the same file to go on with. */
  suspend(): Promise<void>
  /** Removes the part file and frees the target. Safe to call at any time, also after commit. */
  discard(): Promise<void>
}
