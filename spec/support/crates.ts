import { expect } from 'chai'
import { delay, drop, type Rule, rate } from 'ferrygram/simulation'
import type { Failure, Outcome } from '../../machines/failures.ts'
import type { Voyage } from './voyage.ts'

/** What specs about several files in one session share. */

export const FILES = 1_000
export const FILE_BYTES = 10 * 1024
export const BYTES_PER_S = 12_500_000

/** 100 Mbit/s, 50 ms, a queue of one BDP. */
export function path(loss: number): Rule[] {
  return [
    ...(loss > 0 ? [drop(loss)] : []),
    rate({ bytesPerS: BYTES_PER_S, queueMs: 50 }),
    delay(25),
  ]
}

export function crateNames(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `crate-${i}.bin`)
}

export function failed(failure: Failure): { readonly failed: Failure } {
  return { failed: failure }
}

/** What came of it; the spec fails if it failed. */
export function succeeded<Ok>(outcome: Outcome<Ok>): Ok {
  if ('ok' in outcome) return outcome.ok
  return expect.fail(`failed: ${JSON.stringify(outcome.failed)}`)
}

/** Virtual milliseconds until `work` is done well, which may take `msMax`. */
export async function durationMs(
  work: Promise<unknown>,
  { arrive }: Voyage,
  msMax: number,
): Promise<number> {
  const startMs = performance.now()
  expect(await arrive(work, msMax)).to.have.property('ok')
  return performance.now() - startMs
}
