import { createHash } from 'node:crypto'
import { FailureError } from '../../machines/failures.ts'
import type { Source } from './folder.ts'

const READ_BYTES = 1024 * 1024

/** SHA-256 of all of `source`, in hex, after which it is closed; see Folder.digest. */
export async function digestOf(source: Source, signal?: AbortSignal): Promise<string> {
  const { sizeBytes } = source.entry
  const hash = createHash('sha256')
  const into = Buffer.allocUnsafe(Math.min(READ_BYTES, sizeBytes))
  try {
    for (let offset = 0; offset < sizeBytes; offset += READ_BYTES) {
      requireWanted(signal)
      hash.update(await source.read(offset, Math.min(READ_BYTES, sizeBytes - offset), into))
    }
    requireWanted(signal)
    await source.verify()
  } finally {
    await source.close()
  }
  return hash.digest('hex')
}

function requireWanted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new FailureError({ kind: 'cancelled' })
}
