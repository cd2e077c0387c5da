import { FailureError } from '../../machines/failures.ts'
import { decodeNames } from '../wire/codec.ts'
import { ManifestSink } from './manifest.ts'

/** Names of files that are wanted, on their way in: all there is to commit is to look at these. */
export class NamesSink extends ManifestSink {
  readonly #look: (names: readonly string[]) => Promise<void>

  constructor(namesBytes: number, look: (names: readonly string[]) => Promise<void>) {
    super(namesBytes)
    this.#look = look
  }

  override async commit(): Promise<void> {
    const decoded = decodeNames(this.bytes)
    if ('value' in decoded) return this.#look(decoded.value)
    throw new FailureError({ kind: 'protocolViolated', what: 'the names do not decode' })
  }
}
