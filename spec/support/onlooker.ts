import { readFileSync, statSync } from 'node:fs'
import { sha256 } from './voyage.ts'

const EVERY_MS = 5

/** Reads a file's real name over and over, as anyone might, while it is being received. */
export class Onlooker {
  readonly #timer: ReturnType<typeof setInterval>
  #looks = 0
  #partial: string | null = null
  #seenWhole = false

  constructor(path: string, whole: Buffer) {
    const wholeHash = sha256(whole)
    this.#timer = setInterval(() => {
      this.#looks += 1
      const stats = statSync(path, { throwIfNoEntry: false })
      if (stats === undefined) {
        if (this.#seenWhole) this.#partial ??= 'it went away'
      } else if (stats.size !== whole.length) {
        this.#partial ??= `${stats.size} of ${whole.length} bytes`
      } else if (!this.#seenWhole) {
        if (sha256(readFileSync(path)) !== wholeHash) this.#partial ??= 'other bytes'
        this.#seenWhole = true
      }
    }, EVERY_MS).unref()
  }

  /** @returns how often it looked, and what it saw that was not the whole file */
  leave(): { readonly looks: number; readonly partial: string | null } {
    clearInterval(this.#timer)
    return { looks: this.#looks, partial: this.#partial }
  }
}
