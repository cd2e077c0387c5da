/** Timers and event loops blur times by about this much. */
export const BLUR_MS = 2
/** The same where nothing but they take time: both ends are as busy as the path is fast. */
const NEAR_BLUR_MS = 8
/** A peer this near is on the same machine, or the same switch. */
const NEAR_MS = 2

/** A sender that comes late catches up on this share of a round trip: no queue is that short. */
const CATCH_UP_ROUND_TRIPS = 1 / 8

/** By how much timers and event loops blur what is measured of a path. */
export function blurMs(rttMinMs: number): number {
  return rttMinMs < NEAR_MS ? NEAR_BLUR_MS : BLUR_MS
}

/** How much unused sending time may be caught up: timers are late, and other work takes its turn. */
export function catchUpMs(rttMinMs: number): number {
  const share = Math.min(CATCH_UP_ROUND_TRIPS * rttMinMs, NEAR_BLUR_MS)
  return Math.max(share, blurMs(rttMinMs))
}
