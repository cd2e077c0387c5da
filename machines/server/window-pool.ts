import { POOL_RECORDS, WINDOW_RECORDS, WINDOW_RECORDS_MIN } from '../limits.ts'

/**
 * The memory all sessions of a server receive into, in records. Each session gets a quarter of what
 * is left, so that a few have wide windows and a thousand still have one each.
 */
export class WindowPool {
  #left = POOL_RECORDS

  /** Takes a window out of the pool; give it back with `release`. */
  grant(): number {
    const quarter = Math.floor(this.#left / 4)
    const records = Math.min(WINDOW_RECORDS, Math.max(WINDOW_RECORDS_MIN, quarter))
    this.#left -= records
    return records
  }

  release(records: number): void {
    this.#left += records
  }
}
