/** Timers and event loops blur times by about this much. */
export const BLUR_MS = 2
/** The same where nothing but they take time: both ends are as busy as the path is fast. */
const NEAR_BLUR_MS = 8
/** A peer this near is on the same machine, or the same switch. */
const NEAR_MS = 2

/** By how much timers and event loops blur what is measured of a path, and what is sent on it. */
export function blurMs(rttMinMs: number): number {
  return rttMinMs < NEAR_MS ? NEAR_BLUR_MS : BLUR_MS
}
