import { blurMs } from './blur.ts'

/** Cruising aims at this much of its own in the bottleneck's queue, as Vegas does, */
const STANDING_BYTES = 32_000
/**
 * within these shares of the shortest round trip. Towards the larger it is approached smoothly: of
 * several who share a path the slower always steer for the longer queue, and so gain on the others.
 */
const STANDING_MIN = 0.08
const STANDING_MAX = 0.25
/** How hard it steers there: change of rate per round trip of queue, and its bounds. */
const STEER = 0.5
const STEER_MIN = 0.75
const STEER_MAX = 1.05
/** Shorter round trips are mostly blur. */
const STEER_RTT_MS_MIN = 10

/** How long a queue cruising keeps standing, blur included. */
export function standingMs(rttMinMs: number, bandwidthBytesPerS: number): number {
  const ownMs = (STANDING_BYTES * 1000) / bandwidthBytesPerS
  const share = Math.max(1 / (rttMinMs / ownMs + 1 / STANDING_MAX), STANDING_MIN)
  return share * rttMinMs + blurMs(rttMinMs) / 2
}

/** What to multiply the rate by: above one while the queue is shorter than that, below while longer. */
export function steering(queueMs: number, rttMinMs: number, bandwidthBytesPerS: number): number {
  const excessMs = standingMs(rttMinMs, bandwidthBytesPerS) - queueMs
  const steer = 1 + (STEER * excessMs) / Math.max(rttMinMs, STEER_RTT_MS_MIN)
  return Math.min(Math.max(steer, STEER_MIN), STEER_MAX)
}
