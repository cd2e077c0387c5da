import { getSystemErrorName } from 'node:util'

/**
 * The calls of Linux's C library that sockets need and node:dgram lacks. Each answers -1 where it
 * fails; `errorCode` then says why. Buffers are read or written during the call alone.
 */
export interface Libc {
  socket(domain: number, type: number, protocol: number): number
  bind(fd: number, address: Uint8Array, bytes: number): number
  close(fd: number): number
  setsockopt(fd: number, level: number, option: number, value: Uint8Array, bytes: number): number
  /** `address` is null on a connected socket. */
  sendto(
    fd: number,
    data: Uint8Array,
    bytes: number,
    flags: number,
    address: Uint8Array | null,
    addressBytes: number,
  ): number
  /** Writes who sent it to `address`; `addressBytes`, an int, holds how much room that is. */
  recvfrom(
    fd: number,
    into: Uint8Array,
    bytes: number,
    flags: number,
    address: Uint8Array,
    addressBytes: Uint8Array,
  ): number
  /** Writes the address that `text` means; answers 0 where it means none. */
  inet_pton(family: number, text: string, into: Uint8Array): number
  /** The text of an address, which is written to `into` on the way; null where it means none. */
  inet_ntop(family: number, address: Uint8Array, into: Uint8Array, bytes: number): string | null
  /** 0 where there is no such interface. */
  if_nametoindex(name: string): number
  /** The name of an interface, written to the 16 bytes of `into`; null where there is none. */
  if_indextoname(index: number, into: Uint8Array): string | null
  /** The code of the last failure, as Node.js names it: `EAGAIN`, … */
  errorCode(): string
}

/** Where the numbers and layouts that callers use are known to hold. */
const ARCHITECTURES = new Set(['x64', 'arm64'])

/** Null where there is no such library, or no way to call it (koffi is optional). */
export type LoadLibc = () => Promise<Libc | null>

let loading: Promise<Libc | null> | null = null

/** Loads it once, at the first call: that takes some 10 ms. */
export const loadLibc: LoadLibc = () => {
  loading ??= load().catch(() => null)
  return loading
}

async function load(): Promise<Libc | null> {
  if (process.platform !== 'linux' || !ARCHITECTURES.has(process.arch)) return null
  const { default: koffi } = await import('koffi')
  // The process itself has the C library in it, glibc or musl.
  const library = koffi.load(null)
  return {
    socket: library.func('int socket(int, int, int)'),
    bind: library.func('int bind(int, const void*, unsigned int)'),
    close: library.func('int close(int)'),
    setsockopt: library.func('int setsockopt(int, int, int, const void*, unsigned int)'),
    sendto: library.func(
      'intptr_t sendto(int, const void*, size_t, int, const void*, unsigned int)',
    ),
    recvfrom: library.func('intptr_t recvfrom(int, void*, size_t, int, void*, void*)'),
    inet_pton: library.func('int inet_pton(int, const char*, void*)'),
    inet_ntop: library.func('const char* inet_ntop(int, const void*, void*, unsigned int)'),
    if_nametoindex: library.func('unsigned int if_nametoindex(const char*)'),
    if_indextoname: library.func('const char* if_indextoname(unsigned int, void*)'),
    errorCode: () => getSystemErrorName(-koffi.errno()),
  }
}
