import type {
  BurstEvent,
  DataColumns,
  NumberedControl,
  SliceHandle,
  Welcome,
} from '../../machines/events.ts'
import type { Failure } from '../../machines/failures.ts'

/** The bytes behind a burst's columns, row by row. */
class Slices {
  readonly rows: readonly Buffer[]
  constructor(rows: readonly Buffer[]) {
    this.rows = rows
  }
}

/** The slice of row `row` of a burst's DataColumns: a view, valid as long as it is held. */
export function sliceOf(handle: SliceHandle, row: number): Buffer {
  const slice = handle instanceof Slices ? handle.rows[row] : undefined
  if (slice === undefined) throw new RangeError(`burst has no row ${row}`)
  return slice
}

/** Numbers laid flat a data row: packet number, record, offset. */
const ROW = 3

/** Gathers what was opened of one burst; one per burst. */
export class BurstBuilder {
  readonly #numbers: number[] = []
  readonly #slices: Buffer[] = []
  #controls: NumberedControl[] = []
  #hellos = 0
  welcome: Welcome | null = null
  refused: Failure | null = null

  addData(packetNumber: number, record: number, offset: number, slice: Buffer): void {
    this.#numbers.push(packetNumber, record, offset)
    this.#slices.push(slice)
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
    if (!hasNews && this.#slices.length === 0 && this.#controls.length === 0) return null
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
    const count = this.#slices.length
    const packetNumbers = new Float64Array(count)
    const records = new Float64Array(count)
    const offsets = new Uint32Array(count)
    const lengths = new Uint32Array(count)
    for (let i = 0, at = 0; i < count; i++, at += ROW) {
      packetNumbers[i] = numbers[at]!
      records[i] = numbers[at + 1]!
      offsets[i] = numbers[at + 2]!
      lengths[i] = this.#slices[i]!.length
    }
    const slices = opaque(new Slices(this.#slices))
    return { count, packetNumbers, records, offsets, lengths, slices }
  }
}

function opaque(slices: object): SliceHandle {
  return slices as SliceHandle
}
