import type { Inbound } from './inbound.ts'
import type { KnownPath } from './known-path.ts'
import { Outbound } from './outbound.ts'

/** Where more is lost, its share has to be learned before a rate means anything. */
const TOLD_LOSS_MAX = 0.03

/** The books of a transfer, whichever side keeps them. */
export type Books = Outbound | Inbound

/** Share of the packets sent so far that are known to be lost. */
export function lostShare(books: Books): number {
  if (books instanceof Outbound) {
    const { lostPackets, sentPackets } = books.inFlight
    return lostPackets / Math.max(1, sentPackets)
  }
  return books.arrivals.lostShare
}

/** What a transfer that ends tells of its path to the next one; null when that is nothing. */
export function toldPath(books: Books): KnownPath | null {
  return books instanceof Outbound && lostShare(books) <= TOLD_LOSS_MAX ? books.found : null
}
