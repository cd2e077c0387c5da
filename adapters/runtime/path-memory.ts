import type { KnownPath } from '../../machines/recovery/known-path.ts'

/** Beyond these the one that was told of first is forgotten. */
const HOSTS_MAX = 1_000
/** What is older tells nothing of a path any more. */
const LAPSE_MS = 10 * 60_000

/** What sessions found out of the paths to hosts, for those that come after them. */
export interface Paths {
  /**
   * What is known of the path to a host, or null. It is taken away until a session tells of it anew:
   * several that begin at once, each with what the path carried for one, would overwhelm it.
   */
  take(host: string): KnownPath | null
  remember(host: string, path: KnownPath): void
}

/** A path to a host, and when it was told of: milliseconds since the Unix epoch. */
export interface ToldPath extends KnownPath {
  readonly atMs: number
}

/** The paths of a process, or what it read of another's. */
export class PathMemory implements Paths {
  readonly #told: Map<string, ToldPath>

  constructor(told: Iterable<readonly [host: string, path: ToldPath]> = []) {
    this.#told = new Map(told)
  }

  take(host: string): KnownPath | null {
    const told = this.#told.get(host)
    if (told === undefined) return null
    this.#told.delete(host)
    const { atMs, ...path } = told
    const ageMs = Date.now() - atMs
    return ageMs >= 0 && ageMs < LAPSE_MS ? path : null
  }

  remember(host: string, { rateBytesPerS, rttMs }: KnownPath): void {
    this.#told.delete(host)
    this.#told.set(host, { rateBytesPerS, rttMs, atMs: Date.now() })
    for (const oldest of this.#told.keys()) {
      if (this.#told.size <= HOSTS_MAX) break
      this.#told.delete(oldest)
    }
  }

  /** All that it holds, by host, the one told of first ahead. */
  get told(): ReadonlyMap<string, ToldPath> {
    return this.#told
  }
}
