import { type Aead, nodeAead } from './aead.ts'
import type { LoadAead } from './openssl.ts'

/** What was sealed and opened when a faster way is worth loading: it takes some milliseconds. */
const WORTH_BYTES = 512 * 1024

/**
 * Seals by node:crypto at first, and by what `load` has once there was much to do: a short session
 * is over before that would pay.
 */
export class WarmingAead implements Aead {
  readonly #load: LoadAead
  #aead: Aead = nodeAead
  #untilBytes = WORTH_BYTES

  constructor(load: LoadAead) {
    this.#load = load
  }

  seal(
    key: Uint8Array,
    nonce: Uint8Array,
    header: Uint8Array,
    plain: Uint8Array,
    into: Uint8Array,
  ): void {
    this.#count(plain.length)
    this.#aead.seal(key, nonce, header, plain, into)
  }

  open(
    key: Uint8Array,
    nonce: Uint8Array,
    header: Uint8Array,
    sealed: Uint8Array,
    into: Uint8Array,
  ): boolean {
    this.#count(into.length)
    return this.#aead.open(key, nonce, header, sealed, into)
  }

  #count(bytes: number): void {
    if (this.#untilBytes <= 0) return
    this.#untilBytes -= bytes
    if (this.#untilBytes > 0) return
    void this.#load().then((loaded) => {
      if (loaded !== null) this.#aead = loaded
    })
  }
}
