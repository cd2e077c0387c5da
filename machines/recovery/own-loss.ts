/** Share of what was learned before that still counts after one more round. */
const REMEMBERED = 0.75
/** What a path may lose by itself, at most: one that loses more is throttled, not chased. */
const SHARE_MAX = 0.6
/** It comes and goes: up to this many times what is known of it, and this much beyond, */
const EXCESS_FACTOR = 1.5
const EXCESS = 0.02
/** within this: hardly three times what arrives was carried, whatever was lost. */
const TOLERATED_MAX = 0.65

/**
 * What a path loses by itself, whatever is sent: p0. Bytes are counted, so that large rounds tell
 * more than small ones. A value, replaced and never changed.
 */
export interface OwnLoss {
  readonly lostBytes: number
  readonly bytes: number
  /** Of the last round, as long as it is open whether it overflowed the bottleneck. */
  readonly pendingLostBytes: number
  readonly pendingBytes: number
}

/** Bytes that were lost, of bytes in all. */
export interface Losses {
  readonly lostBytes: number
  readonly bytes: number
}

export const NO_LOSS: OwnLoss = { lostBytes: 0, bytes: 0, pendingLostBytes: 0, pendingBytes: 0 }

export function ownLossShare({ lostBytes, bytes }: OwnLoss): number {
  return bytes === 0 ? 0 : Math.min(lostBytes / bytes, SHARE_MAX)
}

/** The share up to which losses are taken for the path's own. */
export function ownLossShareMax(own: OwnLoss): number {
  return Math.min(EXCESS_FACTOR * ownLossShare(own) + EXCESS, TOLERATED_MAX)
}

/** Learns from a round whose losses are the path's own for sure. */
export function learnLoss(own: OwnLoss, { lostBytes, bytes }: Losses): OwnLoss {
  return {
    lostBytes: REMEMBERED * own.lostBytes + lostBytes,
    bytes: REMEMBERED * own.bytes + bytes,
    pendingLostBytes: 0,
    pendingBytes: 0,
  }
}

/**
 * Learns from a round that outdid all before it. It may have overflowed the bottleneck itself; those
 * before, as is clear now, did not.
 */
export function learnLossBefore(own: OwnLoss, { lostBytes, bytes }: Losses): OwnLoss {
  return {
    lostBytes: own.lostBytes + own.pendingLostBytes,
    bytes: own.bytes + own.pendingBytes,
    pendingLostBytes: lostBytes,
    pendingBytes: bytes,
  }
}
