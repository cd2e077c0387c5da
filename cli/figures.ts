import type { Progress } from '../adapters/runtime/api.ts'

const WINDOW_MS = 2_000

/** What one transfer's progress comes to in rates and times; bytes, milliseconds, bytes a second. */
export class Figures {
  readonly #beganMs = performance.now()
  #endedMs: number | null = null
  #latest: Progress | null = null
  #window: { readonly atMs: number; readonly doneBytes: number }[] = []
  readonly #stateMs = new Map<string, number>()

  step(progress: Progress): void {
    const before = this.#latest
    if (before !== null) {
      const spentMs = (this.#stateMs.get(before.state) ?? 0) + progress.atMs - before.atMs
      this.#stateMs.set(before.state, spentMs)
    }
    this.#latest = progress
    this.#window.push({ atMs: progress.atMs, doneBytes: progress.doneBytes })
    while (this.#window.length > 2 && this.#window[0]!.atMs < progress.atMs - WINDOW_MS) {
      this.#window.shift()
    }
  }

  end(): void {
    this.#endedMs = performance.now()
  }

  get latest(): Progress | null {
    return this.#latest
  }

  get elapsedMs(): number {
    return (this.#endedMs ?? performance.now()) - this.#beganMs
  }

  /** Over the last two seconds, so that it falls when the bytes stand still. */
  get nowBytesPerS(): number {
    const first = this.#window[0]
    if (first === undefined || this.#latest === null) return 0
    return rate(this.#latest.doneBytes - first.doneBytes, performance.now() - first.atMs)
  }

  get averageBytesPerS(): number {
    return rate(this.#latest?.doneBytes ?? 0, this.elapsedMs)
  }

  /** At the average rate; null while there is none. */
  get remainingMs(): number | null {
    if (this.#latest === null || this.averageBytesPerS === 0) return null
    const { totalBytes, doneBytes } = this.#latest
    return ((totalBytes - doneBytes) / this.averageBytesPerS) * 1_000
  }

  /** The share of the time each state took, 0 … 1, longest first. */
  get stateShares(): readonly (readonly [state: string, share: number])[] {
    const totalMs = [...this.#stateMs.values()].reduce((sum, ms) => sum + ms, 0)
    if (totalMs === 0) return []
    return [...this.#stateMs]
      .map(([state, ms]) => [state, ms / totalMs] as const)
      .sort(([, a], [, b]) => b - a)
  }
}

function rate(bytes: number, ms: number): number {
  return ms > 0 ? (bytes / ms) * 1_000 : 0
}
