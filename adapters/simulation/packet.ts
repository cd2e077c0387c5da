import type { Random } from './random.ts'

/** What IPv4 (RFC 791) and UDP (RFC 768) add to every datagram on the wire. */
const IP_UDP_HEADER_BYTES = 28

/** A datagram on its way through one direction of the simulated link. */
export interface Packet {
  /** Counts the packets sent in this direction, from 0; a duplicate keeps its original's. */
  readonly number: number
  /** The UDP payload. Never write to it: duplicates share it. */
  readonly bytes: Buffer
  /** Where in time it is: ms since the network was made, not rounded. */
  readonly atMs: number
}

/** What becomes of a packet: it goes on, perhaps changed or later; as several; or not at all. */
export type Fate = Packet | readonly Packet[] | null

/**
 * A rule that remembers nothing is a plain function; drops are counted under the function's name.
 *
 * @example const third: Rule = (packet) => (packet.number === 2 ? null : packet)
 */
export type PlainRule = (packet: Packet, random: Random) => Fate

/** A rule with a memory of its own in every direction of every network it is used in. */
export interface StatefulRule {
  /** What its drops are counted under. */
  readonly name: string
  /** Begins anew: what `start` returns may close over state. */
  start(random: Random): (packet: Packet) => Fate
}

/** One link fault. Rules are chained; each has its own dice, so that none shifts another's. */
export type Rule = PlainRule | StatefulRule

/** Bytes of the packet on the wire, headers included. */
export function ipBytes(packet: Packet): number {
  return packet.bytes.length + IP_UDP_HEADER_BYTES
}
