import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { DATA_HEADER_BYTES } from '../../machines/limits.ts'

const DATA_TYPE = 3
const LOOPBACK = '127.0.0.1'
const SOCKET_BUFFER_BYTES = 4 * 1024 * 1024

/** From the client to the server is up. */
export type Direction = 'up' | 'down'

interface Mark {
  readonly direction: Direction
  readonly bytes: number
  readonly reach: () => void
}

/**
 * A real UDP relay between one client at a time and a server, both on loopback. It counts what it
 * was sent, loses everything while it is cut, and can change the address the server sees.
 */
export class Relay {
  /** Bytes of sealed records that data datagrams brought here, retransmissions included. */
  readonly sliceBytes: Record<Direction, number> = { up: 0, down: 0 }
  readonly #serverPort: number
  readonly #front: Socket
  #back: Socket
  #clientPort = 0
  #isCut = false
  #marks: readonly Mark[] = []

  private constructor(serverPort: number, front: Socket, back: Socket) {
    this.#serverPort = serverPort
    this.#front = front
    this.#back = back
    front.on('message', (datagram, { port }) => {
      this.#clientPort = port
      if (this.#passes('up', datagram)) this.#back.send(datagram, this.#serverPort, LOOPBACK)
    })
    this.#listenTo(back)
  }

  static async open(serverPort: number): Promise<Relay> {
    return new Relay(serverPort, await bound(), await bound())
  }

  /** Where clients send to. */
  get port(): number {
    return this.#front.address().port
  }

  /** When so many bytes of sealed records have come from one side. */
  reached(direction: Direction, bytes: number): Promise<void> {
    return new Promise((reach) => {
      this.#marks = [...this.#marks, { direction, bytes, reach }]
    })
  }

  /** Loses everything, both ways, for as long as that. */
  async cut(ms: number): Promise<void> {
    this.#isCut = true
    await new Promise((mend) => setTimeout(mend, ms))
    this.#isCut = false
  }

  /** Sends from another port from now on; nobody is at the old one any more. */
  async changeAddress(): Promise<void> {
    const old = this.#back
    this.#back = await bound()
    this.#listenTo(this.#back)
    old.close()
  }

  close(): void {
    this.#front.close()
    this.#back.close()
  }

  #listenTo(back: Socket): void {
    back.on('message', (datagram) => {
      if (this.#passes('down', datagram)) this.#front.send(datagram, this.#clientPort, LOOPBACK)
    })
  }

  #passes(direction: Direction, datagram: Buffer): boolean {
    if (datagram[0] === DATA_TYPE) this.#count(direction, datagram.length - DATA_HEADER_BYTES)
    return !this.#isCut
  }

  #count(direction: Direction, bytes: number): void {
    this.sliceBytes[direction] += bytes
    const isReached = (mark: Mark) => this.sliceBytes[mark.direction] >= mark.bytes
    for (const { reach } of this.#marks.filter(isReached)) reach()
    this.#marks = this.#marks.filter((mark) => !isReached(mark))
  }
}

async function bound(): Promise<Socket> {
  const socket = createSocket('udp4')
  socket.bind(0, LOOPBACK)
  await once(socket, 'listening')
  socket.setRecvBufferSize(SOCKET_BUFFER_BYTES)
  return socket
}
