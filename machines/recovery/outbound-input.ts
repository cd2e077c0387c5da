import type { FlatRanges, Introduction } from '../messages.ts'
import { Layout } from './layout.ts'

/** What a sender's books begin with. */
export interface OutboundInput {
  readonly totalBytes: number
  /** What those bytes are a manifest of: the sizes of files whose records follow. */
  readonly entries?: readonly number[]
  /** UDP payload of a full data datagram. */
  readonly datagramBytes: number
  readonly peer: Introduction
  /** Records that are there already and need not be sent. */
  readonly opened?: FlatRanges
  /** The peer keeps what arrives until it has heard a sealed word from this address. */
  readonly provesAddress?: boolean
  readonly rttMs: number
  readonly atMs: number
}

/** How the bytes to be sent are cut into records. */
export function layoutOf({ totalBytes, entries = [] }: OutboundInput): Layout {
  const layout = new Layout(totalBytes)
  layout.grow(entries)
  return layout
}
