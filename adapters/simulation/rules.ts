import { ipBytes, type Packet, type Rule } from './packet.ts'
import type { Random } from './random.ts'

/**
 * The faults of a link. They act in the order they are listed; as on a real path, put `rate` ahead
 * of what delays. Shares are probabilities, 0 … 1. Impossible arguments throw a RangeError.
 */

/**
 * Drops each packet with this probability.
 * @example drop(0.05)
 */
export function drop(share: number): Rule {
  requireShare(share)
  return named('drop', (packet, random) => (random() < share ? null : packet))
}

/**
 * Drops runs of packets, `meanLength` long on average, this share of all packets in the long run
 * (the two-state model of Gilbert, 1960).
 * @example dropBursts(0.02, 10)
 */
export function dropBursts(share: number, meanLength: number): Rule {
  requireShare(share)
  require(meanLength >= 1, 'bursts are at least one packet long')
  const endShare = 1 / meanLength
  const beginShare = (endShare * share) / (1 - share)
  require(share === 0 || beginShare <= 1, 'bursts this short cannot drop that large a share')
  return {
    name: 'dropBursts',
    start: (random) => {
      let isDropping = false
      return (packet) => {
        isDropping = isDropping ? random() >= endShare : random() < beginShare
        return isDropping ? null : packet
      }
    },
  }
}

/**
 * Delays every packet by `ms` and up to `jitterMs` more, evenly spread. Keeps the order: a packet
 * waits for those ahead of it.
 * @example delay(25, { jitterMs: 5 })
 */
export function delay(ms: number, { jitterMs = 0 }: { readonly jitterMs?: number } = {}): Rule {
  require(ms >= 0 && jitterMs >= 0, 'a delay is not negative')
  if (jitterMs === 0) return named('delay', (packet) => later(packet, ms))
  return {
    name: 'delay',
    start: (random) => {
      let newestInMs = 0
      let newestOutMs = 0
      return (packet) => {
        const delayed = later(packet, ms + random() * jitterMs)
        // A packet that an earlier rule held back is behind the others, not ahead of them.
        if (packet.atMs < newestInMs) return delayed
        newestInMs = packet.atMs
        newestOutMs = Math.max(newestOutMs, delayed.atMs)
        return { ...delayed, atMs: newestOutMs }
      }
    },
  }
}

/**
 * Delivers each packet twice with this probability.
 * @example duplicate(0.01)
 */
export function duplicate(share: number): Rule {
  requireShare(share)
  return named('duplicate', (packet, random) => (random() < share ? [packet, packet] : packet))
}

/**
 * Holds each packet back by `byMs` with this probability, so that those behind overtake it.
 * @example reorder(0.1, 8)
 */
export function reorder(share: number, byMs: number): Rule {
  requireShare(share)
  require(byMs >= 0, 'a delay is not negative')
  return named('reorder', (packet, random) => (random() < share ? later(packet, byMs) : packet))
}

/**
 * Changes two 16-bit words of each packet with this probability, in a way that the UDP checksum
 * (RFC 1071) does not see; what it does see is loss. Payloads under 4 bytes have no two words.
 * @example corrupt(0.0001)
 */
export function corrupt(share: number): Rule {
  requireShare(share)
  return named('corrupt', (packet, random) => {
    if (random() >= share) return packet
    return { ...packet, bytes: corrupted(packet.bytes, random) }
  })
}

/**
 * Sends `bytesPerS` (headers counted) and lets the rest wait. A packet that finds more than
 * `queueBytes`, or more than `queueMs` of sending, ahead of it is dropped.
 * @example rate({ bytesPerS: 12_500_000, queueMs: 50 })
 */
export function rate(
  limits: { readonly bytesPerS: number } & (
    | { readonly queueBytes: number }
    | { readonly queueMs: number }
  ),
): Rule {
  const bytesPerMs = limits.bytesPerS / 1000
  const queueBytes = 'queueBytes' in limits ? limits.queueBytes : limits.queueMs * bytesPerMs
  require(bytesPerMs > 0 && queueBytes >= 0, 'a rate is positive and its queue not negative')
  return {
    name: 'rate',
    start: () => {
      // Counted in whole bytes since the link was last idle, so that errors do not add up.
      let busySinceMs = 0
      let busyBytes = 0
      return (packet) => {
        const aheadBytes = busyBytes - (packet.atMs - busySinceMs) * bytesPerMs
        if (aheadBytes > queueBytes) return null
        if (aheadBytes <= 0) {
          busySinceMs = packet.atMs
          busyBytes = 0
        }
        busyBytes += ipBytes(packet)
        return { ...packet, atMs: busySinceMs + busyBytes / bytesPerMs }
      }
    },
  }
}

/**
 * Drops everything from `fromMs` until just before `toMs`, in ms since the network was made.
 * @example cut(2_000, 5_000)
 */
export function cut(fromMs: number, toMs: number): Rule {
  require(fromMs <= toMs, 'a cut begins before it ends')
  return named('cut', (packet) => (packet.atMs >= fromMs && packet.atMs < toMs ? null : packet))
}

/**
 * Drops IP packets of more than `bytes`: a black hole for payloads over `bytes` − 28.
 * @example mtu(1_500)
 */
export function mtu(bytes: number): Rule {
  require(bytes >= 0, 'a size is not negative')
  return named('mtu', (packet) => (ipBytes(packet) > bytes ? null : packet))
}

function named(name: string, apply: (packet: Packet, random: Random) => Packet | Packet[] | null) {
  return { name, start: (random: Random) => (packet: Packet) => apply(packet, random) }
}

function later(packet: Packet, byMs: number): Packet {
  return { ...packet, atMs: packet.atMs + byMs }
}

/** A copy in which one word grew by what another shrank, modulo 2¹⁶ − 1 as the checksum counts. */
function corrupted(bytes: Buffer, random: Random): Buffer {
  const words = Math.floor(bytes.length / 2)
  if (words < 2) return bytes
  const modulus = 0xffff
  const grown = Math.floor(random() * words)
  const shrunk = (grown + 1 + Math.floor(random() * (words - 1))) % words
  const difference = 2 ** Math.floor(random() * 16)
  const copy = Buffer.from(bytes)
  copy.writeUInt16BE((bytes.readUInt16BE(2 * grown) + difference) % modulus, 2 * grown)
  const rest = (bytes.readUInt16BE(2 * shrunk) + modulus - difference) % modulus
  copy.writeUInt16BE(rest, 2 * shrunk)
  return copy
}

function requireShare(share: number): void {
  require(share >= 0 && share <= 1, 'a share is 0 … 1')
}

function require(isPossible: boolean, why: string): void {
  if (!isPossible) throw new RangeError(why)
}
