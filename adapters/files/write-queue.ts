import type { FileHandle } from 'node:fs/promises'
import { WRITE_BATCH_BYTES } from '../../machines/limits.ts'

interface Waiting {
  readonly offsetBytes: number
  readonly bytes: Buffer
  resolve(): void
  reject(error: unknown): void
}

/**
 * Writes what lies side by side in one go, one write at a time: what comes while the disk is busy
 * gathers, what comes while it is idle goes down at the end of the turn.
 */
export class WriteQueue {
  readonly #handle: FileHandle
  #waiting: Waiting[] = []
  #pumping: Promise<void> | null = null

  constructor(handle: FileHandle) {
    this.#handle = handle
  }

  /** Resolves once the bytes are written; until then they must not change. */
  write(offsetBytes: number, bytes: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ offsetBytes, bytes, resolve, reject })
      this.#pumping ??= this.#pump()
    })
  }

  /** Resolves once nothing is waiting; never rejects. */
  async idle(): Promise<void> {
    while (this.#pumping !== null) await this.#pumping
  }

  async #pump(): Promise<void> {
    await Promise.resolve()
    while (this.#waiting.length > 0) {
      const batch = this.#takeBatch()
      try {
        const slices = batch.map((one) => one.bytes)
        await writeAll(this.#handle, slices, batch[0]!.offsetBytes)
        for (const one of batch) one.resolve()
      } catch (error) {
        for (const one of batch) one.reject(error)
      }
    }
    this.#pumping = null
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
