import {
  RECORDS_MAX,
  STATUS_MISSING_MAX,
  STATUS_OPENED_RANGES_MAX,
  STATUS_PACKET_RANGES_MAX,
  STATUS_REJECTED_MAX,
} from '../../machines/limits.ts'
import type { FlatRanges, Status } from '../../machines/messages.ts'
import { NUMBER_MAX } from './datagram.ts'

/**
 * A status as a CBOR array, PROTOCOL R33: delay in µs, window, storing, opened, rejected,
 * missing, packets.
 * Up to a hundred leave each second, so ranges are packed as differences and checked by hand.
 */
export type PackedStatus = readonly [
  delayUs: number,
  windowRecords: number,
  storing: boolean,
  opened: readonly number[],
  rejected: readonly number[],
  missing: readonly number[],
  packets: readonly number[],
]

const FIELDS = 7
const U32_MAX = 2 ** 32 - 1
/** The head of a CBOR array of up to 65 535 items. */
const ARRAY_HEAD_BYTES_MAX = 3

/** Packs a status into `bytesMax` bytes of CBOR; what does not fit are the oldest packet ranges. */
export function packStatus(status: Status, bytesMax: number): PackedStatus {
  const delayUs = Math.min(Math.max(Math.round(status.delayMs * 1_000), 0), U32_MAX)
  const opened = packAscending(status.opened.slice(0, 2 * STATUS_OPENED_RANGES_MAX))
  const rejected = status.rejected.slice(0, STATUS_REJECTED_MAX)
  const missing = status.missing.slice(0, 3 * STATUS_MISSING_MAX)
  const takenBytes =
    2 +
    intBytes(delayUs) +
    intBytes(status.windowRecords) +
    intsBytes(opened) +
    intsBytes(rejected) +
    intsBytes(missing)
  const packets = packDescending(status.packets, bytesMax - takenBytes - ARRAY_HEAD_BYTES_MAX)
  return [delayUs, status.windowRecords, status.storing, opened, rejected, missing, packets]
}

/** The status in a decoded CBOR array; null if any field is out of bounds. */
export function unpackStatus(item: readonly unknown[]): Status | null {
  if (item.length !== FIELDS) return null
  const [delayUs, windowRecords, storing, opened, rejected, missing, packets] = item
  if (!isWhole(delayUs, U32_MAX) || !isWhole(windowRecords, RECORDS_MAX)) return null
  if (typeof storing !== 'boolean' || !isRejected(rejected) || !isMissing(missing)) return null
  const openedRanges = unpackAscending(opened)
  const packetRanges = unpackDescending(packets)
  if (openedRanges === null || packetRanges === null) return null
  return {
    kind: 'status',
    packets: packetRanges,
    delayMs: delayUs / 1_000,
    opened: openedRanges,
    windowRecords,
    rejected,
    missing,
    storing,
  }
}

/** Each number as its difference to the one before it; the first as it is. */
function packAscending(ranges: FlatRanges): number[] {
  return ranges.map((number, i) => (i === 0 ? number : number - ranges[i - 1]!))
}

/** As packAscending, but from the newest number down, and only what fits. */
function packDescending(ranges: FlatRanges, bytesMax: number): number[] {
  const packed: number[] = []
  let bytesLeft = bytesMax
  for (let i = ranges.length - 2; i >= 0 && packed.length < 2 * STATUS_PACKET_RANGES_MAX; i -= 2) {
    const last = ranges[i + 1]!
    const below = packed.length === 0 ? last : ranges[i + 2]! - last
    const span = last - ranges[i]!
    bytesLeft -= intBytes(below) + intBytes(span)
    if (bytesLeft < 0) break
    packed.push(below, span)
  }
  return packed
}

function unpackAscending(packed: unknown): number[] | null {
  if (!isPairs(packed, STATUS_OPENED_RANGES_MAX)) return null
  const ranges: number[] = []
  let number = 0
  for (let i = 0; i < packed.length; i++) {
    const step = packed[i]
    if (!isWhole(step, RECORDS_MAX) || isOverlap(step, i)) return null
    number += step
    ranges.push(number)
  }
  return number < RECORDS_MAX ? ranges : null
}

function unpackDescending(packed: unknown): number[] | null {
  if (!isPairs(packed, STATUS_PACKET_RANGES_MAX)) return null
  const ranges: number[] = []
  let number = 0
  for (let i = 0; i < packed.length; i++) {
    const step = packed[i]
    if (!isWhole(step, NUMBER_MAX) || isOverlap(step, i)) return null
    number = i === 0 ? step : number - step
    ranges.push(number)
  }
  return number < 0 ? null : ranges.reverse()
}

/** Ranges are disjoint, so the step from one to the next, which is every even one, is not zero. */
function isOverlap(step: number, i: number): boolean {
  return step === 0 && i > 0 && i % 2 === 0
}

function isRejected(item: unknown): item is number[] {
  if (!Array.isArray(item) || item.length > STATUS_REJECTED_MAX) return false
  return item.every((record) => isWhole(record, RECORDS_MAX - 1))
}

function isMissing(item: unknown): item is number[] {
  if (!Array.isArray(item) || item.length % 3 !== 0 || item.length > 3 * STATUS_MISSING_MAX) {
    return false
  }
  return item.every((number) => isWhole(number, U32_MAX))
}

function isPairs(item: unknown, pairsMax: number): item is unknown[] {
  return Array.isArray(item) && item.length % 2 === 0 && item.length <= 2 * pairsMax
}

function isWhole(item: unknown, max: number): item is number {
  return typeof item === 'number' && Number.isInteger(item) && item >= 0 && item <= max
}

function intsBytes(numbers: readonly number[]): number {
  return numbers.reduce((bytes, number) => bytes + intBytes(number), ARRAY_HEAD_BYTES_MAX)
}

/** What a whole number takes in CBOR, RFC 8949 §3. */
function intBytes(number: number): number {
  if (number < 24) return 1
  if (number < 2 ** 8) return 2
  if (number < 2 ** 16) return 3
  return number < 2 ** 32 ? 5 : 9
}
