import type { FlatRanges } from '../messages.ts'

/** What a receiver's books begin with. */
export interface InboundInput {
  readonly totalBytes: number
  /** Those bytes are a manifest: more records follow, and it tells how many. */
  readonly isManifest?: boolean
  readonly windowRecords: number
  /** Records that are here already and need not come. */
  readonly stored?: FlatRanges
  readonly rttMs: number
  readonly atMs: number
}
