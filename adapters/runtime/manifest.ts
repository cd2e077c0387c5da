import { FailureError } from '../../machines/failures.ts'
import { MANIFEST_BYTES_MAX } from '../../machines/limits.ts'
import type { Entry, FlatRanges } from '../../machines/messages.ts'
import type { Sink, Source } from '../files/folder.ts'
import { decodeBatch, decodeManifest } from '../wire/codec.ts'

/** A manifest on its way out: its bytes, read like any file (PROTOCOL "Manifest"). */
export function manifestSource(bytes: Buffer): Source {
  return {
    entry: { path: '', sizeBytes: bytes.length, mtimeUs: 0 },
    read: async (offsetBytes, lengthBytes) =>
      bytes.subarray(offsetBytes, offsetBytes + lengthBytes),
    verify: async () => {},
    close: async () => {},
  }
}

/** Makes entries of a manifest, by the paths they are stored at. Rejects with a FailureError. */
export type ReadManifest = (bytes: Buffer) => Promise<readonly Entry[]>

/** Reads the manifest of a putAll. */
export const readBatch: ReadManifest = async (bytes) => {
  const decoded = decodeBatch(bytes)
  if ('value' in decoded) return decoded.value
  throw new FailureError({ kind: 'protocolViolated', what: 'the manifest does not decode' })
}

/** A manifest on its way in: gathers its bytes, and is believed only once it decodes. */
export class ManifestSink implements Sink {
  readonly stored: FlatRanges = []
  readonly #bytes: Buffer

  constructor(sizeBytes: number) {
    if (sizeBytes > MANIFEST_BYTES_MAX) throw tooLong()
    this.#bytes = Buffer.alloc(sizeBytes)
  }

  async write(offsetBytes: number, bytes: Buffer): Promise<void> {
    bytes.copy(this.#bytes, offsetBytes)
  }

  get bytes(): Buffer {
    return this.#bytes
  }

  entries(): readonly Entry[] {
    const decoded = decodeManifest(this.#bytes)
    if ('value' in decoded) return decoded.value
    throw new FailureError({ kind: 'protocolViolated', what: 'the list does not decode' })
  }

  async commit(): Promise<void> {}
  async suspend(): Promise<void> {}
  async discard(): Promise<void> {}
}

function tooLong(): FailureError {
  return new FailureError({
    kind: 'protocolViolated',
    what: `the list is longer than ${MANIFEST_BYTES_MAX} bytes`,
  })
}
