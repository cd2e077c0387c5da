/** Which records the peer reported as rejected, and how often so far. */
export class Rejections {
  readonly #times = new Map<number, number>()

  /** Calls `resend` with each record that is reported anew. `rejected`: record, how often so far, … */
  take(
    rejected: readonly number[],
    isWanted: (record: number) => boolean,
    resend: (record: number) => void,
  ): void {
    for (const record of this.#times.keys()) if (!isWanted(record)) this.#times.delete(record)
    for (let i = 0; i < rejected.length; i += 2) {
      const record = rejected[i]!
      const times = rejected[i + 1]!
      if (!isWanted(record) || times <= (this.#times.get(record) ?? 0)) continue
      this.#times.set(record, times)
      resend(record)
    }
  }
}
