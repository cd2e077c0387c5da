import type { Hello, Welcome } from '../../machines/events.ts'
import { FailureError } from '../../machines/failures.ts'
import { type Aead, nodeAead } from './aead.ts'
import type { BurstBuilder } from './burst.ts'
import { decodeHello, encodeWelcome, welcomeFits } from './codec.ts'
import { HELLO, PREFIX_BYTES, WELCOME, writePrefix } from './datagram.ts'
import { buildRefused, inspectHello } from './hello.ts'
import { preSharedKey, sessionKeys } from './keys.ts'
import { generateKeyPair, type KeyPair, type Responder, respond } from './noise.ts'
import { SecuredWire, type SessionWire } from './session-wire.ts'

/** The server's side of a session's wire. */
export interface ServerWire extends SessionWire {
  readonly hello: Hello
  /**
   * The datagram that answers the hello, sealed at the first call and the same at every later one
   * (PROTOCOL R14). Throws a FailureError when it does not fit; see welcomeFits.
   */
  welcome(welcome: Welcome): Buffer
}

export type AcceptedHello =
  | { readonly kind: 'accepted'; readonly wire: ServerWire }
  /** Another key or another version: `answer` is the refused datagram to send back. */
  | { readonly kind: 'refused'; readonly answer: Buffer }
  | { readonly kind: 'malformed' }

/**
 * Opens a hello that arrived; bytes behind it in the buffer are ignored. A null key is an all-zero
 * one. `ephemeral` is there for golden vectors. Total.
 */
export function acceptHello(
  datagram: Buffer,
  key: Uint8Array | null,
  aead: Aead = nodeAead,
  ephemeral: () => KeyPair = generateKeyPair,
): AcceptedHello {
  const psk = preSharedKey(key)
  const inspected = inspectHello(datagram, psk)
  if (inspected.kind === 'malformed') return inspected
  const { bytes, sessionId } = inspected
  if (inspected.kind === 'foreign')
    return { kind: 'refused', answer: buildRefused(bytes, sessionId) }
  const responder = respond(psk, sessionId, inspected.noise)
  if (responder === null) return { kind: 'malformed' }
  const hello = decodeHello(responder.payload)
  if ('malformed' in hello) return { kind: 'malformed' }
  const opened = { bytes: Buffer.from(bytes), sessionId, hello: hello.value, responder }
  const wire = new Server(opened, aead, ephemeral)
  return { kind: 'accepted', wire }
}

/** A hello that opened. */
interface OpenedHello {
  readonly bytes: Buffer
  readonly sessionId: Buffer
  readonly hello: Hello
  readonly responder: Responder
}

class Server extends SecuredWire implements ServerWire {
  readonly hello: Hello
  readonly #helloBytes: Buffer
  readonly #responder: Responder
  readonly #ephemeral: () => KeyPair
  #welcome: Buffer | null = null

  constructor(
    { bytes, sessionId, hello, responder }: OpenedHello,
    aead: Aead,
    ephemeral: () => KeyPair,
  ) {
    super(sessionId, aead)
    this.hello = hello
    this.#helloBytes = bytes
    this.#responder = responder
    this.#ephemeral = ephemeral
  }

  welcome(welcome: Welcome): Buffer {
    this.#welcome ??= this.#seal(welcome)
    return this.#welcome
  }

  #seal(welcome: Welcome): Buffer {
    if (!welcomeFits(welcome)) {
      throw new FailureError({ kind: 'protocolViolated', what: 'welcome does not fit' })
    }
    const { message, split } = this.#responder.answer(encodeWelcome(welcome), this.#ephemeral())
    const datagram = Buffer.alloc(PREFIX_BYTES + message.length)
    writePrefix(datagram, WELCOME, this.sessionIdBytes)
    datagram.set(message, PREFIX_BYTES)
    const keys = sessionKeys(split)
    this.secure(keys.server, keys.client)
    return datagram
  }

  /** A hello is answered again only if it is this session's own, byte for byte. */
  protected override readHandshake(type: number, datagram: Buffer, burst: BurstBuilder): void {
    if (type === HELLO && datagram.equals(this.#helloBytes)) burst.addHello()
    else this.counters.unexpected++
  }
}
