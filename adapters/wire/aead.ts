import { createCipheriv, createDecipheriv } from 'node:crypto'
import { SEAL_BYTES } from '../../machines/limits.ts'

const CIPHER = 'aes-256-gcm'

/** AES-256-GCM with keys of 32, nonces of 12 and tags of SEAL_BYTES, PROTOCOL R22. */
export interface Aead {
  /** Writes ciphertext and tag to `into`, which is as long as both; `header` is authentic too. */
  seal(
    key: Uint8Array,
    nonce: Uint8Array,
    header: Uint8Array,
    plain: Uint8Array,
    into: Uint8Array,
  ): void
  /**
   * Writes what ciphertext and tag in `sealed` held to `into`, which is as long as the ciphertext;
   * false if they are not authentic, and then what is in `into` must not be used.
   */
  open(
    key: Uint8Array,
    nonce: Uint8Array,
    header: Uint8Array,
    sealed: Uint8Array,
    into: Uint8Array,
  ): boolean
}

/** By node:crypto, which makes room of its own for what it seals and opens. */
export const nodeAead: Aead = {
  seal(key, nonce, header, plain, into) {
    const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: SEAL_BYTES })
    cipher.setAAD(header)
    into.set(cipher.update(plain))
    cipher.final()
    into.set(cipher.getAuthTag(), plain.length)
  },

  open(key, nonce, header, sealed, into) {
    const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: SEAL_BYTES })
    decipher.setAAD(header)
    decipher.setAuthTag(sealed.subarray(into.length))
    into.set(decipher.update(sealed.subarray(0, into.length)))
    try {
      decipher.final()
      return true
    } catch {
      return false
    }
  },
}
