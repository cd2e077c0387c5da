import type { Hello } from '../../machines/events.ts'
import { FailureError } from '../../machines/failures.ts'
import { PATH_BYTES_MAX } from '../../machines/limits.ts'
import { type Aead, nodeAead } from './aead.ts'
import type { BurstBuilder } from './burst.ts'
import { decodeWelcome, encodeHello } from './codec.ts'
import { PREFIX_BYTES, PROTOCOL_VERSION, REFUSED, SESSION_ID_BYTES, WELCOME } from './datagram.ts'
import { buildHello, HELLO_PAYLOAD_BYTES_MAX, readRefused } from './hello.ts'
import { preSharedKey, sessionKeys } from './keys.ts'
import { generateKeyPair, Initiator, type KeyPair } from './noise.ts'
import { SecuredWire, type SessionWire } from './session-wire.ts'

/** The client's side of a session's wire. */
export interface ClientWire extends SessionWire {
  /** The datagram that opens the session, identical every time; send copies. */
  readonly hello: Buffer
}

export interface ClientWireInput {
  /** Null is an all-zero one. */
  readonly key: Uint8Array | null
  /** 8 random bytes. */
  readonly sessionId: Uint8Array
  readonly hello: Hello
  readonly aead?: Aead
}

/**
 * Begins a session. `ephemeral` is there for golden vectors. Throws a FailureError (badName,
 * protocolViolated) for a hello that no server would take.
 */
export function createClientWire(
  input: ClientWireInput,
  ephemeral: () => KeyPair = generateKeyPair,
): ClientWire {
  if (input.sessionId.length !== SESSION_ID_BYTES) {
    throw new FailureError({ kind: 'protocolViolated', what: 'session id is not 8 bytes' })
  }
  return new Client(input, payloadOf(input.hello), ephemeral())
}

class Client extends SecuredWire implements ClientWire {
  readonly hello: Buffer
  readonly #initiator: Initiator

  constructor(
    { key, sessionId, aead = nodeAead }: ClientWireInput,
    payload: Buffer,
    ephemeral: KeyPair,
  ) {
    super(sessionId, aead)
    const psk = preSharedKey(key)
    this.#initiator = new Initiator(psk, sessionId, payload, ephemeral)
    this.hello = buildHello(psk, sessionId, this.#initiator.message)
  }

  protected override readHandshake(type: number, datagram: Buffer, burst: BurstBuilder): void {
    if (this.isSecured) this.counters.unexpected++
    else if (type === WELCOME) this.#readWelcome(datagram, burst)
    else if (type === REFUSED) this.#readRefused(datagram, burst)
    else this.counters.unexpected++
  }

  #readWelcome(datagram: Buffer, burst: BurstBuilder): void {
    const opened = this.#initiator.open(datagram.subarray(PREFIX_BYTES))
    if (opened === null) {
      this.counters.forged++
      return
    }
    const welcome = decodeWelcome(opened.payload)
    if ('malformed' in welcome) {
      this.counters.malformed++
      return
    }
    const keys = sessionKeys(opened.split)
    this.secure(keys.client, keys.server)
    burst.welcome = welcome.value
  }

  #readRefused(datagram: Buffer, burst: BurstBuilder): void {
    const supported = readRefused(datagram, this.hello)
    if (supported === null) {
      this.counters.forged++
      return
    }
    burst.refused =
      supported === PROTOCOL_VERSION
        ? { kind: 'wrongKey' }
        : { kind: 'versionUnsupported', supported }
  }
}

function payloadOf(hello: Hello): Buffer {
  const { request } = hello
  const path =
    request.verb === 'put' ? request.entry.path : request.verb === 'get' ? request.path : ''
  if (Buffer.byteLength(path) > PATH_BYTES_MAX) {
    const why = `longer than ${PATH_BYTES_MAX} bytes`
    throw new FailureError({ kind: 'badName', path, why })
  }
  const payload = encodeHello(hello)
  if (payload.length > HELLO_PAYLOAD_BYTES_MAX) {
    throw new FailureError({ kind: 'protocolViolated', what: 'hello does not fit' })
  }
  return payload
}
