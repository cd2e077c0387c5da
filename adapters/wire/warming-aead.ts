import { type Aead, nodeAead } from './aead.ts'
import type { LoadAead } from './openssl.ts'

/** What was sealed and opened when a faster way is worth loading: it takes some milliseconds. */
const WORTH_BYTES = 512 * 1024

/**
 * Seals by node:crypto at first, and by what `load` has once there was much to do: a short session
 * is over before that would pay.
 */
export function warmingAead(load: LoadAead): Aead {
  let aead = nodeAead
  let untilBytes = WORTH_BYTES

  function count(bytes: number): void {
    if (untilBytes <= 0) return
    untilBytes -= bytes
    if (untilBytes > 0) return
    void load().then((loaded) => {
      if (loaded !== null) aead = loaded
    })
  }

  return {
    seal(key, nonce, header, plain, into) {
      count(plain.length)
      aead.seal(key, nonce, header, plain, into)
    },

    open(key, nonce, header, sealed, into) {
      count(into.length)
      return aead.open(key, nonce, header, sealed, into)
    },
  }
}
