/** Bounds how much goes on at once: whoever finds no slot free waits for one, first come first. */
export class Slots {
  #free: number
  #waiting = new Set<() => void>()

  constructor(count: number) {
    this.#free = count
  }

  get free(): number {
    return this.#free
  }

  /** Resolves once there is a slot; it is to be released. */
  async take(): Promise<void> {
    if (this.#free > 0) this.#free -= 1
    else await new Promise<void>((resolve) => this.#waiting.add(resolve))
  }

  release(): void {
    for (const next of this.#waiting) {
      this.#waiting.delete(next)
      next()
      return
    }
    this.#free += 1
  }
}
