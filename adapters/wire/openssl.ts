import { SEAL_BYTES } from '../../machines/limits.ts'
import { type Aead, nodeAead } from './aead.ts'

// Of OpenSSL's evp.h.
const EVP_CTRL_AEAD_GET_TAG = 0x10
const EVP_CTRL_AEAD_SET_TAG = 0x11

const KEY_BYTES = 32
const NONCE_BYTES = 12

/** Null where there is no such library, or no way to call it (koffi is optional). */
export type LoadAead = () => Promise<Aead | null>

let loading: Promise<Aead | null> | null = null

/**
 * The very OpenSSL that node:crypto seals with, called so that it writes where it is told: no room
 * is allocated a record, nothing copied and no cipher made anew, which halves the cost of sealing
 * and most of what the garbage collector has to do.
 */
export const loadOpenSsl: LoadAead = () => {
  loading ??= load().catch(() => null)
  return loading
}

/** What is used of the library; each answers 1 where it did what it should. */
interface Evp {
  init(
    context: unknown,
    cipher: unknown,
    engine: null,
    key: Uint8Array | null,
    nonce: Uint8Array | null,
    isSealing: number,
  ): number
  update(
    context: unknown,
    into: Uint8Array | null,
    written: Uint8Array,
    from: Uint8Array,
    bytes: number,
  ): number
  final(context: unknown, into: Uint8Array, written: Uint8Array): number
  control(context: unknown, what: number, bytes: number, value: Uint8Array): number
}

async function load(): Promise<Aead | null> {
  const { default: koffi } = await import('koffi')
  // Node.js has it in itself, or was linked to it.
  const library = koffi.load(null)
  const cipher: unknown = library.func('void* EVP_aes_256_gcm()')()
  const newContext = library.func('void* EVP_CIPHER_CTX_new()')
  const evp: Evp = {
    init: library.func('int EVP_CipherInit_ex(void*, void*, void*, const void*, const void*, int)'),
    update: library.func('int EVP_CipherUpdate(void*, void*, void*, const void*, int)'),
    final: library.func('int EVP_CipherFinal_ex(void*, void*, void*)'),
    control: library.func('int EVP_CIPHER_CTX_ctrl(void*, int, int, void*)'),
  }
  const aead = new OpenSsl(evp, prepared(1), prepared(0))
  return agrees(aead) ? aead : null

  function prepared(isSealing: number): unknown {
    const context: unknown = newContext()
    requireDone(evp.init(context, cipher, null, null, null, isSealing))
    return context
  }
}

/** One context a direction serves all sessions: each use gives it the key and nonce anew. */
class OpenSsl implements Aead {
  readonly #evp: Evp
  readonly #sealing: unknown
  readonly #opening: unknown
  readonly #written = Buffer.alloc(4)
  readonly #tag = Buffer.alloc(SEAL_BYTES)

  constructor(evp: Evp, sealing: unknown, opening: unknown) {
    this.#evp = evp
    this.#sealing = sealing
    this.#opening = opening
  }

  seal(
    key: Uint8Array,
    nonce: Uint8Array,
    header: Uint8Array,
    plain: Uint8Array,
    into: Uint8Array,
  ): void {
    requireRoom(key, nonce, into.length === plain.length + SEAL_BYTES)
    const evp = this.#evp
    const context = this.#sealing
    requireDone(evp.init(context, null, null, key, nonce, 1))
    this.#run(context, header, plain, plain.length, into)
    requireDone(evp.final(context, this.#tag, this.#written))
    requireDone(evp.control(context, EVP_CTRL_AEAD_GET_TAG, SEAL_BYTES, this.#tag))
    into.set(this.#tag, plain.length)
  }

  open(
    key: Uint8Array,
    nonce: Uint8Array,
    header: Uint8Array,
    sealed: Uint8Array,
    into: Uint8Array,
  ): boolean {
    requireRoom(key, nonce, into.length === sealed.length - SEAL_BYTES)
    const evp = this.#evp
    const context = this.#opening
    requireDone(evp.init(context, null, null, key, nonce, 0))
    this.#tag.set(sealed.subarray(into.length))
    requireDone(evp.control(context, EVP_CTRL_AEAD_SET_TAG, SEAL_BYTES, this.#tag))
    this.#run(context, header, sealed, into.length, into)
    return evp.final(context, this.#tag, this.#written) === 1
  }

  #run(
    context: unknown,
    header: Uint8Array,
    from: Uint8Array,
    bytes: number,
    into: Uint8Array,
  ): void {
    const { update } = this.#evp
    if (header.length > 0) {
      requireDone(update(context, null, this.#written, header, header.length))
    }
    if (bytes > 0) requireDone(update(context, into, this.#written, from, bytes))
  }
}

/** The library reads and writes what it is told: a length that is wrong is memory overwritten. */
function requireRoom(key: Uint8Array, nonce: Uint8Array, fits: boolean): void {
  if (key.length !== KEY_BYTES || nonce.length !== NONCE_BYTES || !fits) {
    throw new RangeError('a key, nonce or buffer is not as long as it must be')
  }
}

function requireDone(result: number): void {
  if (result !== 1) throw new Error('OpenSSL did not do what it should')
}

/** Whether it seals what node:crypto opens, the reverse, and sees that a bit was changed. */
function agrees(aead: Aead): boolean {
  const key = Buffer.alloc(KEY_BYTES, 1)
  const nonce = Buffer.alloc(NONCE_BYTES, 2)
  const header = Buffer.from('header')
  const plain = Buffer.from('what both must read alike')
  const sealed = Buffer.alloc(plain.length + SEAL_BYTES)
  const opened = Buffer.alloc(plain.length)
  aead.seal(key, nonce, header, plain, sealed)
  if (!nodeAead.open(key, nonce, header, sealed, opened) || !opened.equals(plain)) return false
  opened.fill(0)
  if (!aead.open(key, nonce, header, sealed, opened) || !opened.equals(plain)) return false
  sealed[0]! ^= 1
  return !aead.open(key, nonce, header, sealed, opened)
}
