/** The datagrams to write next, row by row. */
export class SegmentColumns {
  readonly packetNumbers: Float64Array
  readonly records: Float64Array
  readonly offsets: Uint32Array
  readonly lengths: Uint32Array

  constructor(rows: number) {
    this.packetNumbers = new Float64Array(rows)
    this.records = new Float64Array(rows)
    this.offsets = new Uint32Array(rows)
    this.lengths = new Uint32Array(rows)
  }
}
