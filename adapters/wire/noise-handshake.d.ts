/** The part of noise-handshake, a CommonJS package without types, that noise.ts uses. */
declare module 'noise-handshake' {
  import type { KeyPair } from 'noise-handshake/dh.js'

  class NoiseState {
    constructor(
      pattern: 'NNpsk0',
      initiator: boolean,
      staticKeyPair: KeyPair,
      options: { psk: Buffer },
    )
    /** The ephemeral key pair; `send` makes one when null. Its bytes are cleared in the end. */
    e: KeyPair | null
    readonly complete: boolean
    /** 32 bytes each, and the 64-byte hash of the handshake; null until complete. */
    readonly tx: Buffer | null
    readonly rx: Buffer | null
    readonly hash: Buffer | null
    initialise(prologue: Buffer): void
    /** Throws on a message that does not open, and is ruined by it. */
    recv(message: Buffer): Buffer
    send(payload: Buffer): Buffer
  }
  export = NoiseState
}

declare module 'noise-handshake/dh.js' {
  export interface KeyPair {
    publicKey: Buffer
    secretKey: Buffer
  }
  export function generateKeyPair(secretKey?: Buffer): KeyPair
}
