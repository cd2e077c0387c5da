import type { DataColumns } from '../events.ts'

/**
 * Where the rows end that carry on what `row` begins: packets one after the other, with slices side
 * by side in one record. What was sent in one go arrives as one run, and is looked at once.
 */
export function runEnd(data: DataColumns, row: number, sealedBytes: number): number {
  const { packetNumbers, records, offsets, lengths } = data
  const record = records[row]!
  let nextPacket = packetNumbers[row]! + 1
  let nextOffset = offsets[row]! + lengths[row]!
  let end = row + 1
  while (
    end < data.count &&
    packetNumbers[end] === nextPacket &&
    records[end] === record &&
    offsets[end] === nextOffset &&
    lengths[end]! > 0 &&
    nextOffset + lengths[end]! <= sealedBytes
  ) {
    nextPacket += 1
    nextOffset += lengths[end]!
    end += 1
  }
  return end
}

/** How many rows `rowsOf` told of. */
export function rowCount(rows: readonly number[]): number {
  let count = 0
  for (let i = 0; i < rows.length; i += 3) if (rows[i] !== rows[i - 3]) count += 1
  return count
}

/** Lays flat what of the bytes first … last each row of a run brings: row, first, last, … */
export function rowsOf(
  data: DataColumns,
  row: number,
  end: number,
  first: number,
  last: number,
  into: number[],
): void {
  for (let i = row; i < end; i += 1) {
    const from = Math.max(first, data.offsets[i]!)
    const to = Math.min(last, data.offsets[i]! + data.lengths[i]! - 1)
    if (from <= to) into.push(i, from, to)
  }
}
