import Noise from 'noise-handshake'
import { generateKeyPair, type KeyPair } from 'noise-handshake/dh.js'
import { PROTOCOL_VERSION } from './datagram.ts'

export { generateKeyPair, type KeyPair }

/** What both sides share once the handshake is complete, PROTOCOL R21. */
export interface Split {
  /** 32 bytes, from the client to the server. */
  readonly clientKey: Buffer
  /** 32 bytes, from the server to the client. */
  readonly serverKey: Buffer
  /** 64 bytes, BLAKE2b. */
  readonly handshakeHash: Buffer
}

export interface Opened {
  readonly payload: Buffer
  readonly split: Split
}

/** What an ephemeral key pair and a Noise tag add to the payload of either message. */
export const NOISE_BYTES = 32 + 16

/**
 * The client's part of Noise_NNpsk0_25519_ChaChaPoly_BLAKE2b, PROTOCOL R9. noise-handshake is
 * one-shot and clobbers what it is handed: the ephemeral is kept here, and a state is built anew,
 * from copies, for each welcome that is tried.
 */
export class Initiator {
  readonly #psk: Uint8Array
  readonly #sessionId: Uint8Array
  readonly #payload: Buffer
  readonly #ephemeral: KeyPair
  readonly message: Buffer

  constructor(psk: Uint8Array, sessionId: Uint8Array, payload: Buffer, ephemeral: KeyPair) {
    this.#psk = psk
    this.#sessionId = sessionId
    this.#payload = payload
    this.#ephemeral = ephemeral
    this.message = this.#sent().message
  }

  /** The payload of message 2 and the session's keys; null if it does not open. */
  open(message: Uint8Array): Opened | null {
    try {
      const { state } = this.#sent()
      const payload = state.recv(Buffer.from(message))
      return { payload, split: splitOf(state, true) }
    } catch {
      return null
    }
  }

  #sent() {
    const state = begin(true, this.#psk, this.#sessionId)
    state.e = copyOf(this.#ephemeral)
    return { state, message: state.send(Buffer.from(this.#payload)) }
  }
}

/** The server's part, once the client's message has opened. */
export interface Responder {
  readonly payload: Buffer
  /** Message 2 and the session's keys. Once only. */
  answer(payload: Buffer, ephemeral: KeyPair): { readonly message: Buffer; readonly split: Split }
}

/** Opens message 1; null if it does not. */
export function respond(
  psk: Uint8Array,
  sessionId: Uint8Array,
  message: Uint8Array,
): Responder | null {
  try {
    const state = begin(false, psk, sessionId)
    const payload = state.recv(Buffer.from(message))
    return {
      payload,
      answer(answerPayload, ephemeral) {
        state.e = copyOf(ephemeral)
        return { message: state.send(Buffer.from(answerPayload)), split: splitOf(state, false) }
      },
    }
  } catch {
    return null
  }
}

/** NN has no static keys; handing over a blank pair saves the making of one. */
const noStatic: KeyPair = { publicKey: Buffer.alloc(32), secretKey: Buffer.alloc(32) }

function begin(initiator: boolean, psk: Uint8Array, sessionId: Uint8Array): Noise {
  const state = new Noise('NNpsk0', initiator, noStatic, { psk: Buffer.from(psk) })
  state.initialise(Buffer.from([PROTOCOL_VERSION, ...sessionId]))
  return state
}

function splitOf(state: Noise, initiator: boolean): Split {
  const { tx, rx, hash } = state
  if (tx === null || rx === null || hash === null) throw new Error('handshake is not complete')
  return {
    clientKey: initiator ? tx : rx,
    serverKey: initiator ? rx : tx,
    handshakeHash: hash,
  }
}

function copyOf(pair: KeyPair): KeyPair {
  return { publicKey: Buffer.from(pair.publicKey), secretKey: Buffer.from(pair.secretKey) }
}
