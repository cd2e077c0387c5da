import type { Inbound } from './inbound.ts'
import { Outbound } from './outbound.ts'

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
