import type { DataColumns, SliceHandle } from '../../../machines/events.ts'
import type { FlatRanges, Status } from '../../../machines/messages.ts'

/** One data datagram as the books of a receiver see it. */
export interface Row {
  readonly packetNumber: number
  readonly record: number
  readonly offset: number
  readonly length: number
}

const noBytes: object = {}

/** A burst of these datagrams, without the bytes. */
export function burstOf(rows: readonly Row[]): DataColumns {
  return {
    count: rows.length,
    packetNumbers: Float64Array.from(rows, ({ packetNumber }) => packetNumber),
    records: Float64Array.from(rows, ({ record }) => record),
    offsets: Uint32Array.from(rows, ({ offset }) => offset),
    lengths: Uint32Array.from(rows, ({ length }) => length),
    slices: noBytes as SliceHandle,
  }
}

/** A status with nothing in it but what is given. */
export function statusOf(
  number: number,
  fields: Partial<Omit<Status, 'kind'>> = {},
): Status & { readonly number: number } {
  return {
    kind: 'status',
    number,
    packets: [],
    delayMs: 0,
    opened: [],
    windowRecords: 0,
    rejected: [],
    missing: [],
    storing: false,
    ...fields,
  }
}

/** The members of ranges laid flat. */
export function membersOf(ranges: FlatRanges): number[] {
  const members: number[] = []
  for (let i = 0; i < ranges.length; i += 2) {
    for (let n = ranges[i]!; n <= ranges[i + 1]!; n += 1) members.push(n)
  }
  return members
}
