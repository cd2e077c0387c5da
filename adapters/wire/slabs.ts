import { RECORD_BYTES, SEAL_BYTES } from '../../machines/limits.ts'

/** How many are kept for later, 15 MiB in all. */
const SPARE_MAX = 256
const SLAB_BYTES = RECORD_BYTES + SEAL_BYTES

const spare: ArrayBuffer[] = []

/**
 * Room for a sealed record. Hundreds of megabytes pass through such buffers in a second; were each
 * used once, collecting the garbage would cost more than sealing does.
 */
export function takeSlab(sealedBytes: number): Buffer {
  return Buffer.from(spare.pop() ?? new ArrayBuffer(SLAB_BYTES), 0, sealedBytes)
}

/** Takes back a buffer that came from `takeSlab`; nobody may use it any more. */
export function giveSlab(sealed: Buffer): void {
  if (spare.length < SPARE_MAX) spare.push(sealed.buffer as ArrayBuffer)
}
