import { createCipheriv } from 'node:crypto'

/** Tokens of one page of keystream: dear to begin, yet each of a thousand sessions keeps two. */
const PAGE_TOKENS = 1_024
const TOKEN_BYTES = 4
const BLOCK_BYTES = 16
const PAGES_KEPT = 2

/**
 * The tokens of one direction: token n is bytes 4n … 4n + 3 of an AES-256-CTR keystream, PROTOCOL
 * R27. They prove cheaply that a data datagram comes from someone who holds the session's keys.
 */
export class Tokens {
  readonly #key: Buffer
  readonly #pages: Buffer[] = Array.from({ length: PAGES_KEPT }, () => Buffer.alloc(0))
  /** Which page each slot holds; page p lives in slot p mod PAGES_KEPT. */
  readonly #pageNumbers: number[] = Array.from({ length: PAGES_KEPT }, () => -1)
  #newestPage = -1

  constructor(key: Buffer) {
    this.#key = key
  }

  /** The token of a packet number, as u32. */
  at(packetNumber: number): number {
    const page = Math.floor(packetNumber / PAGE_TOKENS)
    if (!this.#holds(page)) this.#keep(page)
    return this.#kept(page, packetNumber)
  }

  /**
   * Whether `token` is that of `packetNumber`. A page is made only for a number that has proved
   * itself with its own block, so forged numbers cannot have pages made.
   */
  verify(packetNumber: number, token: number): boolean {
    const page = Math.floor(packetNumber / PAGE_TOKENS)
    if (this.#holds(page)) return this.#kept(page, packetNumber) === token
    const block = Math.floor((packetNumber * TOKEN_BYTES) / BLOCK_BYTES)
    const offset = (packetNumber * TOKEN_BYTES) % BLOCK_BYTES
    if (this.#keystream(block, BLOCK_BYTES).readUInt32BE(offset) !== token) return false
    if (page > this.#newestPage) this.#keep(page)
    return true
  }

  #holds(page: number): boolean {
    return this.#pageNumbers[page % PAGES_KEPT] === page
  }

  #kept(page: number, packetNumber: number): number {
    return this.#pages[page % PAGES_KEPT]!.readUInt32BE((packetNumber % PAGE_TOKENS) * TOKEN_BYTES)
  }

  #keep(page: number): void {
    const firstBlock = (page * PAGE_TOKENS * TOKEN_BYTES) / BLOCK_BYTES
    this.#pages[page % PAGES_KEPT] = this.#keystream(firstBlock, PAGE_TOKENS * TOKEN_BYTES)
    this.#pageNumbers[page % PAGES_KEPT] = page
    this.#newestPage = Math.max(this.#newestPage, page)
  }

  #keystream(firstBlock: number, lengthBytes: number): Buffer {
    const counter = Buffer.alloc(BLOCK_BYTES)
    counter.writeBigUInt64BE(BigInt(firstBlock), 8)
    return createCipheriv('aes-256-ctr', this.#key, counter).update(Buffer.alloc(lengthBytes))
  }
}
