import { STATUS_DELAY_MS_MAX } from '../limits.ts'

/** No two statuses are closer than this. */
export const STATUS_MS_MIN = 1
/** A status waits for company for this share of a round trip. */
const STATUS_DELAY_SHARE = 1 / 4

/** A peer is always taken to report this late at times (RFC 9000 §18.2, max_ack_delay). */
export const PEER_DELAY_MS_MIN = 25

/** How long a receiver waits before it reports, on a path with this round trip. */
export function statusDelayMs(rttMs: number): number {
  return Math.max(STATUS_MS_MIN, Math.min(STATUS_DELAY_MS_MAX, STATUS_DELAY_SHARE * rttMs))
}
