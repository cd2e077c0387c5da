import prettyBytes from 'pretty-bytes'
import prettyMilliseconds from 'pretty-ms'

const QUANTITY = /^(\d+(?:\.\d+)?)\s*([kmgt]i?)?(B|bit)?(\/s)?$/i
const DURATION = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h)?$/i

const PREFIXES: Readonly<Record<string, number>> = {
  k: 1e3,
  m: 1e6,
  g: 1e9,
  t: 1e12,
  ki: 2 ** 10,
  mi: 2 ** 20,
  gi: 2 ** 30,
  ti: 2 ** 40,
}

const MILLISECONDS: Readonly<Record<string, number>> = { ms: 1, s: 1e3, m: 60e3, h: 3_600e3 }

/** Whole bytes of `500`, `40MB`, `1.5GiB`, …; null when it is no size. */
export function parseSize(text: string): number | null {
  const [, digits, prefix, unit, perSecond] = QUANTITY.exec(text) ?? []
  if (digits === undefined || perSecond !== undefined) return null
  if (unit !== undefined && unit !== 'B') return null
  return Math.round(Number(digits) * multiple(prefix))
}

/** Bytes per second of `500k`, `40MB/s`, `100Mbit`, …; null when it is no rate. */
export function parseRate(text: string): number | null {
  const [, digits, prefix, unit] = QUANTITY.exec(text) ?? []
  if (digits === undefined) return null
  // `b` alone is read as bits by some and bytes by others, so it is neither here.
  if (unit !== undefined && unit !== 'B' && unit !== 'bit') return null
  return (Number(digits) * multiple(prefix)) / (unit === 'bit' ? 8 : 1)
}

/** Milliseconds of `60s`, `2m`, `500ms`, `1h`; a bare number is seconds; null when it is no time. */
export function parseDuration(text: string): number | null {
  const [, digits, unit = 's'] = DURATION.exec(text) ?? []
  if (digits === undefined) return null
  return Number(digits) * (MILLISECONDS[unit.toLowerCase()] ?? Number.NaN)
}

function multiple(prefix: string | undefined): number {
  return prefix === undefined ? 1 : (PREFIXES[prefix.toLowerCase()] ?? Number.NaN)
}

/** `12.3 MB`: decimal, three digits. */
export function formatSize(sizeBytes: number): string {
  return prettyBytes(sizeBytes)
}

/** `12.3 MB/s`. */
export function formatRate(bytesPerS: number): string {
  return `${prettyBytes(bytesPerS)}/s`
}

/** `1m 20s`: a minute and more in whole seconds, below that as fine as it is of use. */
export function formatDuration(ms: number): string {
  return prettyMilliseconds(ms, ms < 60_000 ? {} : { secondsDecimalDigits: 0 })
}
