import type { Fate, Packet, StatefulRule } from '../../adapters/simulation/packet.ts'
import { DATA_HEADER_BYTES, RECORD_BYTES, SEAL_BYTES } from '../../machines/limits.ts'

const DATA_TYPE = 3
const LENGTH_AT = 1
const RECORD_AT = 21
const OFFSET_AT = 25

/** What a forger does to a data datagram it sees; null to let it pass. */
export type Forge = (datagram: Buffer, record: number, nth: number) => Buffer | null

/**
 * Someone who sees the traffic and is faster than it: each forged copy of a data datagram, its
 * header and token true, arrives just ahead of the datagram itself.
 */
export function forger(forge: Forge): StatefulRule {
  return {
    name: 'forger',
    start: () => {
      let data = 0
      return (packet: Packet): Fate => {
        if (packet.bytes[0] !== DATA_TYPE) return packet
        const forged = forge(packet.bytes, packet.bytes.readUInt32BE(RECORD_AT), data++)
        return forged === null ? packet : [{ ...packet, bytes: forged }, packet]
      }
    },
  }
}

/** A forger of one datagram a record: the first of it that it sees. */
export function forgeOnceARecord(spoil = spoilt): StatefulRule {
  const forged = new Set<number>()
  return forger((datagram, record) => {
    if (forged.has(record)) return null
    forged.add(record)
    return spoil(datagram)
  })
}

/** The same datagram, one bit of its slice turned. */
export function spoilt(datagram: Buffer): Buffer {
  const copy = Buffer.from(datagram)
  copy[DATA_HEADER_BYTES + ((copy.length - DATA_HEADER_BYTES) >> 1)]! ^= 1
  return copy
}

/** The same header, but for its length: a slice that would be the whole of a full record. */
export function overlong(datagram: Buffer): Buffer {
  const copy = Buffer.alloc(DATA_HEADER_BYTES + RECORD_BYTES + SEAL_BYTES, 0xee)
  datagram.copy(copy, 0, 0, DATA_HEADER_BYTES)
  copy.writeUInt16BE(copy.length, LENGTH_AT)
  copy.writeUInt16BE(0, OFFSET_AT)
  return copy
}

/** The same header, with another place for the slice to go. */
export function misplaced(datagram: Buffer, record: number, offset: number): Buffer {
  const copy = Buffer.from(datagram)
  copy.writeUInt32BE(record, RECORD_AT)
  copy.writeUInt16BE(offset, OFFSET_AT)
  return copy
}
