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

/**
 * How many rows of a run hold any of the bytes of `kept` (row, row behind the last, first byte, last
 * byte, …, ascending), which is of this run from index `from` on. A row that holds some of two counts once.
 */
export function rowCount(data: DataColumns, kept: readonly number[], from: number): number {
  const { offsets, lengths } = data
  let count = 0
  let row = kept[from] ?? 0
  for (let i = from; i < kept.length; i += 4) {
    const end = kept[i + 1]!
    const first = kept[i + 2]!
    const last = kept[i + 3]!
    while (row < end && offsets[row]! + lengths[row]! <= first) row += 1
    while (row < end && offsets[row]! <= last) {
      row += 1
      count += 1
    }
  }
  return count
}
