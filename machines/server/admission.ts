import { TURNS_MAX } from '../limits.ts'
import { WindowPool } from './window-pool.ts'

/** Told of the window in records, once there is one. */
type OnAdmitted = (windowRecords: number) => void

/**
 * Who may begin to move records: few sessions at a time, first come first served. What each sends
 * before it knows its path would otherwise meet what all the others send, and most of it be lost.
 * A turn comes with a window. PROTOCOL "Turns". Sessions are told apart by identity.
 */
export class Admission {
  readonly #windows = new WindowPool()
  readonly #granted = new Map<object, number>()
  readonly #turns = new Set<object>()
  readonly #waiting = new Map<object, OnAdmitted>()

  /** The window of a session that moves no file, and so begins whatever the others do. */
  grant(session: object): number {
    const records = this.#windows.grant()
    this.#granted.set(session, records)
    return records
  }

  /** The window of a session that begins now; 0 if it has to wait. */
  take(session: object): number {
    if (this.#turns.size >= TURNS_MAX) return 0
    this.#turns.add(session)
    return this.grant(session)
  }

  /** Has a session wait until those ahead of it have had their turns. */
  wait(session: object, onAdmitted: OnAdmitted): void {
    this.#waiting.set(session, onAdmitted)
    this.#admit()
  }

  /** The turn of a session is over; it keeps its window. */
  endTurn(session: object): void {
    this.#turns.delete(session)
    this.#admit()
  }

  /** A session is over, whether it waits, has its turn or has had it. */
  leave(session: object): void {
    this.#waiting.delete(session)
    this.#windows.release(this.#granted.get(session) ?? 0)
    this.#granted.delete(session)
    this.endTurn(session)
  }

  #admit(): void {
    for (const [session, onAdmitted] of this.#waiting) {
      const records = this.take(session)
      if (records === 0) return
      this.#waiting.delete(session)
      onAdmitted(records)
    }
  }
}
