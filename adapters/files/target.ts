import type { Failure } from '../../machines/failures.ts'
import { RECORD_BYTES, RECORDS_MAX } from '../../machines/limits.ts'
import type { Entry, FlatRanges } from '../../machines/messages.ts'
import type { TargetState } from './folder.ts'
import { checkPath, type System } from './names.ts'

export interface FolderOptions {
  /** A larger file is refused as tooLarge; otherwise what fits into a session's records. */
  readonly fileBytesMax?: number
}

/** What a folder takes: whose names, and how large. */
export interface Terms {
  readonly system: System
  readonly fileBytesMax: number
}

/** What was found where a file is to go; a twin is another file, whose name the folder takes for it. */
export type Found = Entry | 'nothing' | 'notAFile' | 'twin'

export function termsOf(system: System, options: FolderOptions): Terms {
  return { system, fileBytesMax: options.fileBytesMax ?? RECORDS_MAX * RECORD_BYTES }
}

/** Why `entry` could never be stored, wherever it goes; null when it could. */
export function refusalOf({ path, sizeBytes }: Entry, terms: Terms): Failure | null {
  const badName = checkPath(path, terms.system)
  if (badName !== null) return badName
  if (sizeBytes <= terms.fileBytesMax) return null
  return { kind: 'tooLarge', path, sizeBytesMax: terms.fileBytesMax }
}

/** What storing `entry` meets, given what is there, who is writing it and what is stored of it. */
export function stateOf(
  entry: Entry,
  replace: boolean,
  found: Found,
  busy: boolean,
  stored: FlatRanges,
): TargetState {
  const { path } = entry
  if (found === 'notAFile') return { kind: 'refused', failure: { kind: 'notAFile', path } }
  if (found === 'twin') return { kind: 'refused', failure: twinFailure(path) }
  if (found !== 'nothing') {
    if (isSameFile(found, entry)) return { kind: 'identical' }
    if (!replace) return { kind: 'refused', failure: { kind: 'exists', path } }
  }
  return busy ? { kind: 'refused', failure: { kind: 'busy', path } } : { kind: 'free', stored }
}

/** A name that a folder cannot tell from that of another file in it. */
export function twinFailure(path: string): Failure {
  const why = 'it differs from a name that is there in nothing that this file system tells apart'
  return { kind: 'badName', path, why }
}

/** Size and modification time are what identity rests on. */
export function isSameFile(one: Entry, other: Entry): boolean {
  return one.sizeBytes === other.sizeBytes && one.mtimeUs === other.mtimeUs
}
