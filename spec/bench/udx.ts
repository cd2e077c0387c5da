import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import type { Duplex } from 'node:stream'

interface UdxSocket {
  bind(port: number, host: string): void
}
interface UdxStream extends Duplex {
  connect(socket: UdxSocket, remoteId: number, port: number, host: string): void
}
interface Udx {
  createSocket(): UdxSocket
  createStream(id: number): UdxStream
}

const HOST = '127.0.0.1'
const SENDER = 1
const RECEIVER = 2

/** udx-native's main file, in a folder's node_modules or wherever NODE_PATH says; null if absent. */
export function findUdx(folder = '.'): string | null {
  try {
    return createRequire(`${resolve(folder)}/`).resolve('udx-native')
  } catch {
    return null
  }
}

/** A stream between two ports of loopback; udx has no handshake, so both are known beforehand. */
export function udxStream(path: string, side: 'send' | 'serve', port: number): Duplex {
  const UDX = createRequire(path)(path) as new () => Udx
  const udx = new UDX()
  const socket = udx.createSocket()
  const [own, other] = side === 'send' ? [SENDER, RECEIVER] : [RECEIVER, SENDER]
  // The sender's port is the one above the receiver's.
  socket.bind(side === 'send' ? port + 1 : port, HOST)
  const stream = udx.createStream(own)
  stream.connect(socket, other, side === 'send' ? port : port + 1, HOST)
  return stream
}
