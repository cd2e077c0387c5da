import { TURNS_CUT_SHARE, TURNS_GROW_SHARE, TURNS_INITIAL, TURNS_MIN } from '../limits.ts'
import { WindowPool } from './window-pool.ts'

/** Told of the window in records, once there is one. */
type OnAdmitted = (windowRecords: number) => void

/**
 * Who may begin to move records: few sessions at a time, first come first served. What each sends
 * before it knows its path would otherwise meet what all the others send, and most of it be lost.
 * How many may begin is found as TCP finds how many segments to have under way (RFC 5681 §3.1).
 * A turn comes with a window. PROTOCOL "Turns". Sessions are told apart by identity.
 */
export class Admission {
  readonly #windows = new WindowPool()
  readonly #granted = new Map<object, number>()
  /** Who has a turn, and how many had begun before. */
  readonly #turns = new Map<object, number>()
  readonly #waiting = new Map<object, OnAdmitted>()
  #turnsMax = TURNS_INITIAL
  #begun = 0
  /** How many had begun when too much was lost; null while that has not happened. */
  #begunBeforeLoss: number | null = null

  /** The window of a session that moves no file, and so begins whatever the others do. */
  grant(session: object): number {
    const records = this.#windows.grant()
    this.#granted.set(session, records)
    return records
  }

  /** The window of a session that begins now; 0 if it has to wait. */
  take(session: object): number {
    if (this.#turns.size >= Math.floor(this.#turnsMax)) return 0
    this.#turns.set(session, this.#begun)
    this.#begun += 1
    return this.grant(session)
  }

  /** Has a session wait until those ahead of it have had their turns. */
  wait(session: object, onAdmitted: OnAdmitted): void {
    this.#waiting.set(session, onAdmitted)
    this.#admit()
  }

  /** The turn of a session is over, which lost that share of its packets; it keeps its window. */
  endTurn(session: object, lostShare: number): void {
    const place = this.#turns.get(session)
    if (place === undefined) return
    this.#turns.delete(session)
    this.#learn(place, lostShare)
    this.#admit()
  }

  /** A session is over, whether it waits, has its turn or has had it. */
  leave(session: object): void {
    this.#waiting.delete(session)
    this.#windows.release(this.#granted.get(session) ?? 0)
    this.#granted.delete(session)
    this.#turns.delete(session)
    this.#admit()
  }

  /** Those that began together lose together: that counts once. */
  #learn(place: number, lostShare: number): void {
    const begunBeforeLoss = this.#begunBeforeLoss ?? 0
    if (lostShare > TURNS_CUT_SHARE) {
      if (place < begunBeforeLoss) return
      this.#begunBeforeLoss = this.#begun
      this.#turnsMax = Math.max(TURNS_MIN, this.#turnsMax / 2)
    } else if (lostShare <= TURNS_GROW_SHARE && this.#waiting.size > 0) {
      this.#turnsMax += this.#begunBeforeLoss === null ? 1 : 1 / this.#turnsMax
    }
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
