/** So many yields in a row that nobody else joined show others who hold their rate at any loss, */
const VAIN_YIELDS = 3
/** each within so many rounds of the one before. */
const VAIN_ROUNDS = 30
/**
 * CUBIC keeps 0.7 of what was under way after a loss (RFC 9438 §4.6), Reno half, and a yield 0.7 at
 * most: had all who share a queue made room, the round trip would fall below this share of its height.
 */
const JOINED_RTT_SHARE = 0.75

/** What yielding to overflows told of those who share the bottleneck. A value, never changed. */
export interface Rivals {
  /** Yields in a row that nobody else joined. */
  readonly vainYields: number
  /** Rounds for which the last of them still counts. */
  readonly roundsLeft: number
  /** The round trip at the height of the queue, when room was made last. */
  readonly fullRttMs: number
}

export const NO_RIVALS: Rivals = { vainYields: 0, roundsLeft: 0, fullRttMs: 0 }

/** A round has passed. */
export function passRound(rivals: Rivals): Rivals {
  const roundsLeft = Math.max(0, rivals.roundsLeft - 1)
  return roundsLeft > 0 || haveHeld(rivals)
    ? { ...rivals, roundsLeft }
    : { ...NO_RIVALS, fullRttMs: rivals.fullRttMs }
}

/** Room is made from now on, in a queue that makes round trips this long. */
export function beginYield(rivals: Rivals, fullRttMs: number): Rivals {
  return { ...rivals, fullRttMs }
}

/** `rttMinMs`: the shortest round trip once room was made. */
export function endYield(rivals: Rivals, rttMinMs: number): Rivals {
  if (rttMinMs <= JOINED_RTT_SHARE * rivals.fullRttMs) return NO_RIVALS
  const vainYields = Math.min(rivals.vainYields + 1, VAIN_YIELDS)
  return { ...rivals, vainYields, roundsLeft: VAIN_ROUNDS }
}

/** Whether others held their rate when room was made last, several times in a row. */
export function haveHeld({ vainYields }: Rivals): boolean {
  return vainYields >= VAIN_YIELDS
}

/** Whether that is so fresh that making room again would only give away a share. */
export function hold(rivals: Rivals): boolean {
  return haveHeld(rivals) && rivals.roundsLeft > 0
}
