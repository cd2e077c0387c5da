/**
 * What an earlier session found out of a path, for the next one on it to begin with
 * (draft-ietf-tsvwg-careful-resume).
 */
export interface KnownPath {
  readonly rateBytesPerS: number
  /** Its shortest round trip. */
  readonly rttMs: number
}

/** What is taken of the rate: the path may have changed, and others may use it by now. */
const TRUSTED_SHARE = 1 / 2
/** A round trip that differs by more is of another path, or stands in a queue. */
const RTT_FACTOR_MAX = 1.5
const RTT_FACTOR_MIN = 0.5

/** The rate to begin with where the handshake took `rttMs`; 0 where nothing is known of the path. */
export function trustedBytesPerS(known: KnownPath | null, rttMs: number): number {
  if (known === null) return 0
  const factor = rttMs / known.rttMs
  const isThatPath = factor >= RTT_FACTOR_MIN && factor <= RTT_FACTOR_MAX
  return isThatPath ? TRUSTED_SHARE * known.rateBytesPerS : 0
}
