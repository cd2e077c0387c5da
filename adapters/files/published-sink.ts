import type { Entry } from '../../machines/messages.ts'
import { Layout } from '../../machines/recovery/layout.ts'
import { toEntry } from './entry.ts'
import type { Sink } from './folder.ts'
import { lookAt } from './quick.ts'
import { isSameFile } from './target.ts'
import type { Directory } from './walk.ts'

/** Whether an earlier run gave `part` its real name, and was stopped before it could clear away. */
export async function isPublished(
  directory: Directory,
  part: string,
  name: string,
  entry: Entry,
): Promise<boolean> {
  const look = (at: string) => lookAt(directory.at(at)).catch(() => null)
  const from = await look(part)
  const to = from === null ? null : await look(name)
  if (from === null || to === null || !to.isFile()) return false
  return from.ino === to.ino && from.dev === to.dev && isSameFile(toEntry(name, to), entry)
}

/** A sink for what is there already: every record is stored, and nothing is left to do. */
export function publishedSink(entry: Entry, close: () => Promise<void>): Sink {
  const { recordCount } = new Layout(entry.sizeBytes)
  return {
    stored: recordCount === 0 ? [] : [0, recordCount - 1],
    write: async () => {},
    commit: close,
    suspend: close,
    discard: close,
  }
}
