import type {
  BurstEvent,
  DataColumns,
  NumberedControl,
  SliceHandle,
  Welcome,
} from '../../machines/events.ts'
import type { Failure } from '../../machines/failures.ts'

/** The bytes behind a burst's columns: the buffer that holds each row, and from where on. */
class Slices {
  readonly buffers: Buffer[]
  readonly bufferOf: Uint32Array
  readonly starts: Uint32Array
  isCopied = false
  constructor(buffers: Buffer[], bufferOf: Uint32Array, starts: Uint32Array) {
    this.buffers = buffers
    this.bufferOf = bufferOf
    this.starts = starts
  }
}

/**
 * Copies bytes first … last of a record to where they belong in `sealed`, from the rows row ≤ i < end
 * of a burst, which lie side by side in that record. Throws a RangeError beyond the last row.
 */
export function copySlices(
  { count, offsets, lengths, slices }: DataColumns,
  row: number,
  end: number,
  first: number,
  last: number,
  sealed: Buffer,
): void {
  if (end > count) throw new RangeError(`a burst of ${count} has no row ${end - 1}`)
  const held = shown(slices)
  held.isCopied = true
  const { buffers, bufferOf, starts } = held
  for (let i = row; i < end; i += 1) {
    const offset = offsets[i]!
    const from = Math.max(first, offset)
    const to = Math.min(last + 1, offset + lengths[i]!)
    const start = starts[i]! - offset
    if (from < to) buffers[bufferOf[i]!]!.copy(sealed, from, start + from, start + to)
  }
}

/**
 * Gives a burst of which nothing was copied yet bytes of its own: whoever takes it up later, as a
 * session whose file is not open yet, finds them there though its buffers are used again.
 */
export function ownSlices({ slices }: DataColumns): void {
  const held = shown(slices)
  if (held.isCopied) return
  for (let i = 0; i < held.buffers.length; i += 1) {
    held.buffers[i] = Buffer.from(held.buffers[i]!)
  }
}

/**
 * The slices of the burst that is being read, whose number is only known in the end. They are filled
 * and taken within one turn, so that all bursts use the same room.
 */
class Rows {
  #count = 0
  #packetNumbers = new Float64Array(64)
  #records = new Float64Array(64)
  #offsets = new Uint32Array(64)
  #lengths = new Uint32Array(64)
  #bufferOf = new Uint32Array(64)
  #starts = new Uint32Array(64)

  get count(): number {
    return this.#count
  }

  clear(): void {
    this.#count = 0
  }

  add(
    packetNumber: number,
    record: number,
    offset: number,
    length: number,
    bufferIndex: number,
    start: number,
  ): void {
    const row = this.#count
    if (row === this.#starts.length) this.#grow()
    this.#packetNumbers[row] = packetNumber
    this.#records[row] = record
    this.#offsets[row] = offset
    this.#lengths[row] = length
    this.#bufferOf[row] = bufferIndex
    this.#starts[row] = start
    this.#count = row + 1
  }

  /** The rows, which then are gone from here; their bytes are in `buffers`. */
  take(buffers: Buffer[]): DataColumns {
    const count = this.#count
    this.#count = 0
    return {
      count,
      packetNumbers: this.#packetNumbers.slice(0, count),
      records: this.#records.slice(0, count),
      offsets: this.#offsets.slice(0, count),
      lengths: this.#lengths.slice(0, count),
      slices: opaque(
        new Slices(buffers, this.#bufferOf.slice(0, count), this.#starts.slice(0, count)),
      ),
    }
  }

  #grow(): void {
    this.#packetNumbers = doubled(this.#packetNumbers, Float64Array)
    this.#records = doubled(this.#records, Float64Array)
    this.#offsets = doubled(this.#offsets, Uint32Array)
    this.#lengths = doubled(this.#lengths, Uint32Array)
    this.#bufferOf = doubled(this.#bufferOf, Uint32Array)
    this.#starts = doubled(this.#starts, Uint32Array)
  }
}

function doubled<Column extends Float64Array | Uint32Array>(
  column: Column,
  Type: new (length: number) => Column,
): Column {
  const grown = new Type(2 * column.length)
  grown.set(column)
  return grown
}

const rows = new Rows()

/** Gathers what was opened of one burst: one per burst, and one at a time. */
export class BurstBuilder {
  readonly #buffers: Buffer[] = []
  #controls: NumberedControl[] = []
  #hellos = 0
  welcome: Welcome | null = null
  refused: Failure | null = null

  constructor() {
    rows.clear()
  }

  /** A slice: buffer[start] up to buffer[end]. */
  addData(
    packetNumber: number,
    record: number,
    offset: number,
    buffer: Buffer,
    start: number,
    end: number,
  ): void {
    if (this.#buffers.at(-1) !== buffer) this.#buffers.push(buffer)
    rows.add(packetNumber, record, offset, end - start, this.#buffers.length - 1, start)
  }

  /** A status is cumulative: it takes the place of an older one. */
  addControl(control: NumberedControl): void {
    if (control.kind === 'status') {
      this.#controls = this.#controls.filter(({ kind }) => kind !== 'status')
    }
    this.#controls.push(control)
  }

  addHello(): void {
    this.#hellos++
  }

  /** Null when nothing of the burst is worth an event. */
  finish(atMs: number): BurstEvent | null {
    const { welcome, refused } = this
    const hasNews = welcome !== null || refused !== null || this.#hellos > 0
    if (!hasNews && rows.count === 0 && this.#controls.length === 0) return null
    return {
      type: 'burst',
      atMs,
      data: rows.take(this.#buffers),
      controls: this.#controls,
      welcome,
      refused,
      hellos: this.#hellos,
    }
  }
}

function shown(handle: SliceHandle): Slices {
  const slices: object = handle
  if (slices instanceof Slices) return slices
  throw new TypeError('not the slices of a burst')
}

function opaque(slices: object): SliceHandle {
  return slices as SliceHandle
}
