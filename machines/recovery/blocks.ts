import { DIGEST_BLOCK_BYTES } from '../limits.ts'

/** A set of blocks of one record, as a status carries it: two times 32 bits, lowest block first. */
export type BlockBits = readonly [low: number, high: number]

const WORD = 32

/** How many blocks a sealed record is made of; the last may be short. PROTOCOL R51. */
export function blockCount(sealedBytes: number): number {
  return Math.ceil(sealedBytes / DIGEST_BLOCK_BYTES)
}

/** Where a block begins, and where it ends, the byte after its last, in its sealed record. */
export function blockSpan(block: number, sealedBytes: number): { start: number; end: number } {
  const start = block * DIGEST_BLOCK_BYTES
  return { start, end: Math.min(start + DIGEST_BLOCK_BYTES, sealedBytes) }
}

/** The blocks 0 ≤ n < count for which `isMember` holds. */
export function blockBits(count: number, isMember: (block: number) => boolean): BlockBits {
  let low = 0
  let high = 0
  for (let block = 0; block < count; block += 1) {
    if (!isMember(block)) continue
    if (block < WORD) low += 2 ** block
    else high += 2 ** (block - WORD)
  }
  return [low, high]
}

export function hasBlock([low, high]: BlockBits, block: number): boolean {
  const word = block < WORD ? low : high
  return ((word >>> (block % WORD)) & 1) === 1
}
