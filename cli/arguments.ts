import { InvalidArgumentError } from 'commander'
import {
  DATAGRAM_BYTES_MAX,
  DATAGRAM_BYTES_MIN,
  RECORD_BYTES,
  RECORDS_MAX,
  SESSIONS_MAX,
} from '../machines/limits.ts'
import { formatDuration, formatRate, parseDuration, parseRate, parseSize } from './units.ts'

const RATE_BYTES_PER_S_MIN = 1_000
const PATIENCE_MS_MIN = 1_000
const PATIENCE_MS_MAX = 24 * 3_600_000
const FILE_BYTES_MAX = RECORDS_MAX * RECORD_BYTES

/** Each turns one argument into a value, or throws commander's InvalidArgumentError saying why. */

/** A port that a client can send to, 1 … 65 535. */
export function peerPort(text: string): number {
  return integer(text, 1, 65_535, 'a port')
}

/** A port to listen at; 0 is a free one. */
export function serverPort(text: string): number {
  return integer(text, 0, 65_535, 'a port (0: a free one)')
}

/** A name or address; the brackets of `[::1]` fall away. */
export function host(text: string): string {
  const plain = /^\[(.*)\]$/.exec(text)?.[1] ?? text
  if (plain === '' || /\s/.test(plain)) throw new InvalidArgumentError('It is a name or address.')
  return plain
}

export function sessionCount(text: string): number {
  return integer(text, 1, SESSIONS_MAX, 'a count')
}

export function mtu(text: string): number {
  return integer(text, DATAGRAM_BYTES_MIN, DATAGRAM_BYTES_MAX, 'a number of bytes')
}

export function fileSize(text: string): number {
  const sizeBytes = parseSize(text)
  if (sizeBytes === null) throw new InvalidArgumentError('It is a size, such as 500MB or 2GiB.')
  if (sizeBytes >= 1 && sizeBytes <= FILE_BYTES_MAX) return sizeBytes
  throw new InvalidArgumentError(`It is 1 to ${FILE_BYTES_MAX} bytes.`)
}

export function rate(text: string): number {
  const bytesPerS = parseRate(text)
  if (bytesPerS === null) {
    throw new InvalidArgumentError('It is a rate, such as 40MB/s or 100Mbit.')
  }
  if (bytesPerS >= RATE_BYTES_PER_S_MIN && Number.isFinite(bytesPerS)) return bytesPerS
  throw new InvalidArgumentError(`It is ${formatRate(RATE_BYTES_PER_S_MIN)} at least.`)
}

export function patience(text: string): number {
  const ms = parseDuration(text)
  if (ms === null) throw new InvalidArgumentError('It is a time, such as 60s or 2m.')
  if (ms >= PATIENCE_MS_MIN && ms <= PATIENCE_MS_MAX) return ms
  const range = `${formatDuration(PATIENCE_MS_MIN)} to ${formatDuration(PATIENCE_MS_MAX)}`
  throw new InvalidArgumentError(`It is ${range}.`)
}

function integer(text: string, min: number, max: number, what: string): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
  if (value >= min && value <= max) return value
  throw new InvalidArgumentError(`It is ${what}, ${min} to ${max}.`)
}
