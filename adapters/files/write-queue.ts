import type { FileHandle } from 'node:fs/promises'
import { WRITE_BATCH_BYTES } from '../../machines/limits.ts'

interface Waiting {
  readonly offsetBytes: number
  readonly bytes: Buffer
  resolve(): void
  reject(error: unknown): void
}

/** What a round that is not full waits for company, since the one before it began. */
const GATHER_MS = 10

/**
 * Writes what lies side by side in one go, one write at a time. What comes first goes down at the end
 * of the turn; after that rounds gather, until a full batch waits, GATHER_MS have gone by or somebody
 * is in a hurry: a write costs the same for one record as for many.
 */
export class WriteQueue {
  readonly #handle: FileHandle
  #waiting: Waiting[] = []
  #waitingBytes = 0
  #pumping: Promise<void> | null = null
  #roundAtMs = -Infinity
  #isHurried = false
  #stopGathering = () => {}

  constructor(handle: FileHandle) {
    this.#handle = handle
  }

  /** Resolves once the bytes are written; until then they must not change. */
  write(offsetBytes: number, bytes: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ offsetBytes, bytes, resolve, reject })
      this.#waitingBytes += bytes.length
      if (this.#waitingBytes >= WRITE_BATCH_BYTES) this.#stopGathering()
      this.#pumping ??= this.#pump()
    })
  }

  /** Nothing that waits now waits for company. */
  hurry(): void {
    this.#isHurried = true
    this.#stopGathering()
  }

  /** Writes what is waiting, and resolves once nothing is; never rejects. */
  async idle(): Promise<void> {
    while (this.#pumping !== null) {
      this.hurry()
      await this.#pumping
    }
  }

  async #pump(): Promise<void> {
    await Promise.resolve()
    while (this.#waiting.length > 0) {
      await this.#gather()
      this.#roundAtMs = performance.now()
      let left = this.#waiting.length
      while (left > 0) {
        const batch = this.#takeBatch()
        left -= batch.length
        await this.#write(batch)
      }
    }
    this.#isHurried = false
    this.#pumping = null
  }

  async #gather(): Promise<void> {
    const leftMs = this.#roundAtMs + GATHER_MS - performance.now()
    if (leftMs <= 0 || this.#isHurried || this.#waitingBytes >= WRITE_BATCH_BYTES) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, leftMs)
      this.#stopGathering = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.#stopGathering = () => {}
  }

  async #write(batch: readonly Waiting[]): Promise<void> {
    try {
      const slices = batch.map((one) => one.bytes)
      await writeAll(this.#handle, slices, batch[0]!.offsetBytes)
      for (const one of batch) one.resolve()
    } catch (error) {
      for (const one of batch) one.reject(error)
    }
  }

  /** The lowest that waits, and what follows it without a gap. */
  #takeBatch(): readonly Waiting[] {
    this.#waiting.sort((one, other) => one.offsetBytes - other.offsetBytes)
    let end = this.#waiting[0]!.offsetBytes
    const limit = end + WRITE_BATCH_BYTES
    let count = 0
    for (const { offsetBytes, bytes } of this.#waiting) {
      if (offsetBytes !== end || (count > 0 && end + bytes.length > limit)) break
      end += bytes.length
      count += 1
    }
    this.#waitingBytes -= end - this.#waiting[0]!.offsetBytes
    return this.#waiting.splice(0, count)
  }
}

async function writeAll(
  handle: FileHandle,
  slices: readonly Buffer[],
  offsetBytes: number,
): Promise<void> {
  let left = slices.filter((slice) => slice.length > 0)
  let position = offsetBytes
  while (left.length > 0) {
    const { bytesWritten } = await handle.writev(left, position)
    position += bytesWritten
    left = without(left, bytesWritten)
  }
}

function without(slices: readonly Buffer[], bytes: number): Buffer[] {
  const left: Buffer[] = []
  let gone = bytes
  for (const slice of slices) {
    if (gone < slice.length) left.push(slice.subarray(gone))
    gone = Math.max(0, gone - slice.length)
  }
  return left
}
