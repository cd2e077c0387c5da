import type { Entry } from '../../machines/messages.ts'
import type { Folder, TargetState } from './folder.ts'

/**
 * Whether a file that is there may be the very one although `state` does not say so: it has its
 * size, and another time or, with `checksum`, any. Only contents can tell (PROTOCOL "Comparing").
 */
export async function isDoubtful(
  folder: Folder,
  entry: Entry,
  state: TargetState,
  checksum: boolean,
): Promise<boolean> {
  const exists = state.kind === 'refused' && state.failure.kind === 'exists'
  if (!exists && !(state.kind === 'identical' && checksum)) return false
  const there = await folder.openSource(entry.path)
  await there.close()
  return there.entry.sizeBytes === entry.sizeBytes
}
