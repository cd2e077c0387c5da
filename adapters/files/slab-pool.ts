/** What fills less than this part of a slab is not worth one. */
const WORTH_SHARE = 1 / 4
/**
 * Who has this many in use will have all that are kept sooner or later, whenever the disk takes its
 * time. They are made at once then, so that memory does not grow hours into a transfer.
 */
const MANY = 64

/**
 * Buffers of one size that are used over and over: what is allocated and dropped at hundreds of
 * megabytes a second is memory the garbage collector gives back only when it gets to it. What is
 * far shorter than they are, as the records of small files, is allocated as long as it is.
 */
export class SlabPool {
  readonly #slabBytes: number
  readonly #keptMax: number
  readonly #kept: ArrayBufferLike[] = []
  #made = 0

  /** Keeps up to `keptMax` slabs that are not in use; more may be in use at once. */
  constructor(slabBytes: number, keptMax: number) {
    this.#slabBytes = slabBytes
    this.#keptMax = keptMax
  }

  /** `lengthBytes` that hold anything at all. Give them back, or just drop them. */
  take(lengthBytes: number): Buffer {
    if (lengthBytes > this.#slabBytes) throw new RangeError('no slab is that long')
    if (lengthBytes < this.#slabBytes * WORTH_SHARE) return Buffer.allocUnsafeSlow(lengthBytes)
    const slab = this.#kept.pop() ?? this.#make()
    return Buffer.from(slab, 0, lengthBytes)
  }

  /** Takes back what was taken. Nobody may use it any more, nor any view of it. */
  give({ buffer }: Buffer): void {
    if (buffer.byteLength < this.#slabBytes * WORTH_SHARE) return
    if (buffer.byteLength !== this.#slabBytes) throw new RangeError('not a slab of this pool')
    if (this.#kept.length < this.#keptMax) this.#kept.push(buffer)
  }

  #make(): ArrayBufferLike {
    this.#made += 1
    if (this.#made === MANY) {
      for (let i = MANY; i < this.#keptMax; i += 1)
        this.#kept.push(new ArrayBuffer(this.#slabBytes))
    }
    return new ArrayBuffer(this.#slabBytes)
  }
}
