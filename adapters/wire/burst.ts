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
  readonly starts: number[]
  isCopied = false
  constructor(buffers: Buffer[], starts: number[]) {
    this.buffers = buffers
    this.starts = starts
  }
}

/** Copies bytes start ≤ i < end of the slice of a row of a burst's DataColumns to `into` at `at`. */
export function copySlice(
  handle: SliceHandle,
  row: number,
  start: number,
  end: number,
  into: Buffer,
  at: number,
): void {
  const slices: object = handle
  if (!(slices instanceof Slices) || slices.buffers[row] === undefined) {
    throw new RangeError(`burst has no row ${row}`)
  }
  const from = slices.starts[row]!
  slices.isCopied = true
  slices.buffers[row].copy(into, at, from + start, from + end)
}

/**
 * Gives a burst of which nothing was copied yet bytes of its own: whoever takes it up later, as a
 * session whose file is not open yet, finds them there though its buffers are used again.
 */
export function ownSlices({ count, lengths, slices }: DataColumns): void {
  const held: object = slices
  if (!(held instanceof Slices) || held.isCopied) return
  for (let row = 0; row < count; row += 1) {
    const start = held.starts[row]!
    held.buffers[row] = Buffer.from(held.buffers[row]!.subarray(start, start + lengths[row]!))
    held.starts[row] = 0
  }
}

/** Numbers laid flat a data row: packet number, record, offset, length. */
const ROW = 4

/** Gathers what was opened of one burst; one per burst. */
export class BurstBuilder {
  readonly #numbers: number[] = []
  readonly #buffers: Buffer[] = []
  readonly #starts: number[] = []
  #controls: NumberedControl[] = []
  #hellos = 0
  welcome: Welcome | null = null
  refused: Failure | null = null

  /** A slice: buffer[start] up to buffer[end]. */
  addData(
    packetNumber: number,
    record: number,
    offset: number,
    buffer: Buffer,
    start: number,
    end: number,
  ): void {
    this.#numbers.push(packetNumber, record, offset, end - start)
    this.#buffers.push(buffer)
    this.#starts.push(start)
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
    if (!hasNews && this.#starts.length === 0 && this.#controls.length === 0) return null
    return {
      type: 'burst',
      atMs,
      data: this.#columns(),
      controls: this.#controls,
      welcome,
      refused,
      hellos: this.#hellos,
    }
  }

  #columns(): DataColumns {
    const numbers = this.#numbers
    const count = this.#starts.length
    const packetNumbers = new Float64Array(count)
    const records = new Float64Array(count)
    const offsets = new Uint32Array(count)
    const lengths = new Uint32Array(count)
    for (let i = 0, at = 0; i < count; i++, at += ROW) {
      packetNumbers[i] = numbers[at]!
      records[i] = numbers[at + 1]!
      offsets[i] = numbers[at + 2]!
      lengths[i] = numbers[at + 3]!
    }
    const slices = opaque(new Slices(this.#buffers, this.#starts))
    return { count, packetNumbers, records, offsets, lengths, slices }
  }
}

function opaque(slices: object): SliceHandle {
  return slices as SliceHandle
}
