import type { DataColumns } from '../../machines/events.ts'
import type { Digest } from './lines.ts'

const DEPTH_MAX = 8
const ITEMS_MAX = 512
const CHARACTERS_MAX = 1_024
/** Values written of one event, however they nest. */
const VALUES_MAX = 4_096
const MORE = '…'

/**
 * Writes any value small: header fields and plain data as they are, the columns of a burst as a
 * summary, bytes as their number alone. Handles and other instances of classes are left out, and
 * so is whatever is beyond its bounds. Never throws.
 * @param originMs taken off every moment (fields named `…atMs`), which is on the clock of
 *   `performance.now()`
 */
export function digest(value: unknown, originMs: number): Digest {
  return attempt(() => new Digester(originMs).of(value, DEPTH_MAX) ?? null)
}

/** A transfer's verdict, without what is false, null or empty. */
export function digestVerdict(verdict: object, originMs: number): Digest {
  return attempt(() => {
    const digester = new Digester(originMs)
    const fields = Object.entries(verdict).flatMap(([name, value]): [string, Digest][] => {
      const small =
        value instanceof Uint8Array
          ? value.reduce((count, flag) => count + flag, 0)
          : (digester.field(name, value, DEPTH_MAX) ?? null)
      const empty = !small || (Array.isArray(small) && small.length === 0)
      return empty ? [] : [[name, small]]
    })
    return Object.fromEntries(fields)
  })
}

/** Milliseconds since `originMs`, to the nanosecond: no clock is finer, but subtraction seems so. */
export function sinceMs(atMs: number, originMs: number): number {
  return Math.round((atMs - originMs) * 1e6) / 1e6
}

/** Accessors and proxies can throw; what they stand for is not worth a session. */
function attempt(read: () => Digest): Digest {
  try {
    return read()
  } catch {
    return 'unreadable'
  }
}

class Digester {
  readonly #originMs: number
  #left = VALUES_MAX

  constructor(originMs: number) {
    this.#originMs = originMs
  }

  field(name: string, value: unknown, depth: number): Digest | undefined {
    const isMoment = /atMs$/i.test(name) && Number.isFinite(value)
    return this.of(isMoment ? sinceMs(Number(value), this.#originMs) : value, depth)
  }

  /** Undefined for what is left out. */
  of(value: unknown, depth: number): Digest | undefined {
    this.#left -= 1
    if (this.#left < 0) return MORE
    switch (typeof value) {
      case 'boolean':
        return value
      case 'number':
        return Number.isFinite(value) ? value : String(value)
      case 'string':
        return value.length <= CHARACTERS_MAX ? value : `${value.slice(0, CHARACTERS_MAX)}${MORE}`
      case 'bigint':
        return String(value)
      case 'object':
        return value === null ? null : this.#ofObject(value, depth)
      default:
        return undefined
    }
  }

  #ofObject(value: object, depth: number): Digest | undefined {
    if (ArrayBuffer.isView(value)) return { bytes: value.byteLength }
    if (value instanceof ArrayBuffer) return { bytes: value.byteLength }
    if (value instanceof Error) return this.#ofError(value, depth)
    if (!Array.isArray(value) && !isPlain(value)) return undefined
    if (depth === 0) return MORE
    if (Array.isArray(value)) return this.#ofArray(value, depth)
    if (isColumns(value)) return summary(value)
    return this.#ofFields(value, depth)
  }

  #ofArray(items: readonly unknown[], depth: number): Digest {
    const digests = items.slice(0, ITEMS_MAX).map((item) => this.of(item, depth - 1) ?? null)
    return items.length > ITEMS_MAX ? [...digests, `${MORE} ${items.length} in all`] : digests
  }

  #ofFields(value: object, depth: number): Digest {
    const fields: [string, Digest][] = []
    for (const [name, field] of Object.entries(value).slice(0, ITEMS_MAX)) {
      const small = this.field(name, field, depth - 1)
      if (small !== undefined) fields.push([name.slice(0, CHARACTERS_MAX), small])
    }
    return Object.fromEntries(fields)
  }

  #ofError(error: Error, depth: number): Digest | undefined {
    // An adapter's error is its failure; of any other the name says enough.
    const failure = 'failure' in error ? this.of(error.failure, depth - 1) : undefined
    return failure ?? { error: error.name, message: this.of(error.message, depth) ?? '' }
  }
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function isColumns(value: object): value is DataColumns {
  return 'packetNumbers' in value && value.packetNumbers instanceof Float64Array
}

/** The data of a burst in a few figures; null when it carried none. */
function summary({ count, packetNumbers, records, lengths }: DataColumns): Digest {
  if (count === 0) return null
  const numbers = packetNumbers.subarray(0, count)
  return {
    count,
    firstPacket: numbers.reduce((least, number) => Math.min(least, number)),
    lastPacket: numbers.reduce((most, number) => Math.max(most, number)),
    records: flatRanges(records.subarray(0, count)),
    bytes: lengths.subarray(0, count).reduce((sum, length) => sum + length, 0),
  }
}

/** Ascending, disjoint, inclusive ranges laid flat: first, last, first, last, … */
function flatRanges(numbers: Float64Array): readonly number[] {
  const flat: number[] = []
  for (const number of Float64Array.from(new Set(numbers)).sort()) {
    if (flat.at(-1) === number - 1) flat[flat.length - 1] = number
    else flat.push(number, number)
  }
  return flat
}
