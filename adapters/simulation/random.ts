import { createHash } from 'node:crypto'

/** Like Math.random: the next number, 0 ≤ n < 1. */
export type Random = () => number

/**
 * The small fast counting generator sfc32 (Chris Doty-Humphrey, PractRand), seeded with the
 * SHA-256 of a label: equal labels give equal numbers, different ones have nothing in common.
 *
 * @example const random = seededRandom('7/toServer/drop')
 */
export function seededRandom(label: string): Random {
  const seed = createHash('sha256').update(label).digest()
  let a = seed.readInt32LE(0)
  let b = seed.readInt32LE(4)
  let c = seed.readInt32LE(8)
  let counter = 1
  return () => {
    const sum = (a + b + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return (sum >>> 0) / 2 ** 32
  }
}
