/** How far behind the newest number an old one is still told from a repeated one. */
const REPLAY_WINDOW = 1_024

/** Which control numbers were taken, PROTOCOL R31: a bitmap that slides with the newest. */
export class ReplayWindow {
  readonly #taken = new Uint8Array(REPLAY_WINDOW)
  #newest = -1

  /** Whether a number was taken before, or is so old that it may have been. */
  has(number: number): boolean {
    if (number > this.#newest) return false
    return number <= this.#newest - REPLAY_WINDOW || this.#taken[number % REPLAY_WINDOW] === 1
  }

  /** Takes a number, once what it came with has proved authentic. */
  take(number: number): void {
    if (number - this.#newest >= REPLAY_WINDOW) this.#taken.fill(0)
    else {
      for (let between = this.#newest + 1; between < number; between++) {
        this.#taken[between % REPLAY_WINDOW] = 0
      }
    }
    this.#taken[number % REPLAY_WINDOW] = 1
    this.#newest = Math.max(this.#newest, number)
  }
}
