import { createHash } from 'node:crypto'
import { DIGEST_BLOCK_BYTES, DIGEST_BYTES } from '../../machines/limits.ts'

/** The digests of a sealed record, block by block, one behind the other. PROTOCOL R51. */
export function digestsOf(sealed: Uint8Array): Buffer {
  const digests: Buffer[] = []
  for (let at = 0; at < sealed.length; at += DIGEST_BLOCK_BYTES) {
    const block = sealed.subarray(at, at + DIGEST_BLOCK_BYTES)
    digests.push(createHash('sha256').update(block).digest().subarray(0, DIGEST_BYTES))
  }
  return Buffer.concat(digests)
}

/** The blocks of a record, by number, that differ from the digests its sender made. */
export function differingBlocks(sealed: Uint8Array, digests: Uint8Array): number[] {
  const ours = digestsOf(sealed)
  const differing: number[] = []
  for (let at = 0; at < ours.length; at += DIGEST_BYTES) {
    const isSame = ours
      .subarray(at, at + DIGEST_BYTES)
      .equals(digests.subarray(at, at + DIGEST_BYTES))
    if (!isSame) differing.push(at / DIGEST_BYTES)
  }
  return differing
}

/**
 * Whether a slice consists of blocks that all match the digests of its record. One that ends or
 * begins within a block cannot be told from a forged one. PROTOCOL R53.
 */
export function isSliceOf(digests: Uint8Array, offset: number, slice: Uint8Array): boolean {
  if (offset % DIGEST_BLOCK_BYTES !== 0) return false
  const from = (offset / DIGEST_BLOCK_BYTES) * DIGEST_BYTES
  const ours = digestsOf(slice)
  return ours.equals(digests.subarray(from, from + ours.length))
}
