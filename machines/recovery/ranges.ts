import type { FlatRanges } from '../messages.ts'

/**
 * A set of whole numbers kept as ascending, disjoint, inclusive ranges. Adding at the upper end,
 * which is nearly always what happens, costs a comparison.
 */
export class RangeSet {
  #firsts: number[] = []
  #lasts: number[] = []

  get rangeCount(): number {
    return this.#firsts.length
  }

  /** How many members. */
  get size(): number {
    let size = 0
    for (let i = 0; i < this.#firsts.length; i += 1) {
      size += this.#lasts[i]! - this.#firsts[i]! + 1
    }
    return size
  }

  /** The largest member, or -1. */
  get largest(): number {
    return this.#lasts.at(-1) ?? -1
  }

  /** How many numbers are members counting from 0 without a gap. */
  get prefix(): number {
    return this.#firsts[0] === 0 ? this.#lasts[0]! + 1 : 0
  }

  has(n: number): boolean {
    const i = this.#indexOfRangeEndingAtOrAfter(n)
    return i < this.#firsts.length && this.#firsts[i]! <= n
  }

  /** Whether every number from first to last is a member. */
  covers(first: number, last: number): boolean {
    const i = this.#indexOfRangeEndingAtOrAfter(last)
    return i < this.#firsts.length && this.#firsts[i]! <= first
  }

  /** Tells of each run of numbers from first to last that are no members, ascending. */
  eachGap(first: number, last: number, onGap: (first: number, last: number) => void): void {
    let from = first
    let i = this.#indexOfRangeEndingAtOrAfter(first)
    for (; i < this.#firsts.length && this.#firsts[i]! <= last; i += 1) {
      if (from < this.#firsts[i]!) onGap(from, this.#firsts[i]! - 1)
      from = this.#lasts[i]! + 1
    }
    if (from <= last) onGap(from, last)
  }

  /** Adds first … last; returns whether anything was new. */
  add(first: number, last = first): boolean {
    const end = this.#lasts.length - 1
    if (end < 0 || first > this.#lasts[end]! + 1) {
      this.#firsts.push(first)
      this.#lasts.push(last)
      return true
    }
    if (first > this.#lasts[end]!) {
      this.#lasts[end] = last
      return true
    }
    const from = this.#indexOfRangeEndingAtOrAfter(first - 1)
    if (this.#firsts[from]! <= first && last <= this.#lasts[from]!) return false
    let to = from
    let low = first
    let high = last
    while (to <= end && this.#firsts[to]! <= last + 1) {
      low = Math.min(low, this.#firsts[to]!)
      high = Math.max(high, this.#lasts[to]!)
      to += 1
    }
    if (to === from + 1) {
      this.#firsts[from] = low
      this.#lasts[from] = high
    } else {
      this.#firsts.splice(from, to - from, low)
      this.#lasts.splice(from, to - from, high)
    }
    return true
  }

  /** Adds flat ranges, of which only numbers below `end` count; returns whether anything was new. */
  addAll(flat: FlatRanges, end: number): boolean {
    let grew = false
    for (let i = 0; i < flat.length; i += 2) {
      const last = Math.min(flat[i + 1]!, end - 1)
      if (flat[i]! <= last && this.add(flat[i]!, last)) grew = true
    }
    return grew
  }

  /** Forgets the lowest ranges until at most `rangesMax` are left. */
  keepNewest(rangesMax: number): void {
    const surplus = this.#firsts.length - rangesMax
    if (surplus > 0) {
      this.#firsts.splice(0, surplus)
      this.#lasts.splice(0, surplus)
    }
  }

  /** The lowest `rangesMax` ranges. */
  lowest(rangesMax: number): FlatRanges {
    return this.#flat(0, Math.min(rangesMax, this.#firsts.length))
  }

  /** The highest `rangesMax` ranges with members beyond `above`, ascending like all ranges. */
  newest(rangesMax: number, above = -1): FlatRanges {
    const from = this.#indexOfRangeEndingAtOrAfter(above + 1)
    return this.#flat(Math.max(from, this.#firsts.length - rangesMax), this.#firsts.length)
  }

  #flat(from: number, to: number): FlatRanges {
    const flat: number[] = []
    for (let i = from; i < to; i += 1) flat.push(this.#firsts[i]!, this.#lasts[i]!)
    return flat
  }

  #indexOfRangeEndingAtOrAfter(n: number): number {
    let low = 0
    let high = this.#lasts.length
    if (high > 0 && this.#lasts[high - 1]! < n) return high
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#lasts[middle]! < n) low = middle + 1
      else high = middle
    }
    return low
  }
}
