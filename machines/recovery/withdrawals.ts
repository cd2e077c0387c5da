import type { Failure } from '../failures.ts'
import { WITHDRAWALS_MAX } from '../limits.ts'
import type { FlatRanges } from '../messages.ts'
import type { Layout } from './layout.ts'

/** An entry of a batch that will not come, and why. */
export interface Withdrawal {
  /** Its place in the manifest. */
  readonly entry: number
  readonly failure: Failure
}

/** Entries that a sender cannot send, until the receiver has put up with it. PROTOCOL "Batches". */
export class Withdrawals {
  readonly #layout: Layout
  /** Ascending by entry, as sources are read in order. */
  readonly #pending: Withdrawal[] = []

  constructor(layout: Layout) {
    this.#layout = layout
  }

  get isEmpty(): boolean {
    return this.#pending.length === 0
  }

  /** Those to tell the receiver of next: the lowest. */
  get lowest(): readonly Withdrawal[] {
    return this.#pending.slice(0, WITHDRAWALS_MAX)
  }

  /** Takes an entry back; returns its records. */
  add(withdrawal: Withdrawal): { readonly first: number; readonly last: number } {
    this.#pending.push(withdrawal)
    return this.#recordsOf(withdrawal.entry)
  }

  /** Takes the ranges that a status calls opened: an entry among them is known to be withdrawn. */
  takeOpened(opened: FlatRanges): void {
    for (let i = this.#pending.length - 1; i >= 0; i -= 1) {
      const { first, last } = this.#recordsOf(this.#pending[i]!.entry)
      if (covers(opened, first, last)) this.#pending.splice(i, 1)
    }
  }

  /** The manifest is the first run. */
  #recordsOf(entry: number): { readonly first: number; readonly last: number } {
    const first = this.#layout.firstRecord(entry + 1)
    return { first, last: this.#layout.firstRecord(entry + 2) - 1 }
  }
}

function covers(flat: FlatRanges, first: number, last: number): boolean {
  for (let i = 0; i < flat.length; i += 2) {
    if (flat[i]! <= first && last <= flat[i + 1]!) return true
  }
  return false
}
