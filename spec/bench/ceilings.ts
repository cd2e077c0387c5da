import { createCipheriv, randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { setImmediate as turn } from 'node:timers/promises'

/** What cannot be beaten: the parts of a sealed transfer, each alone. */

const RECORD_BYTES = 60 * 1024
const DATAGRAM_BYTES = 1_400
/** Datagrams between two turns of the event loop, which the receiver shares. */
const DATAGRAMS_A_TURN = 32

/** Bytes a second of AES-256-GCM over records of 60 KiB. */
export function sealingBytesPerS(sizeBytes: number): number {
  const plain = Buffer.alloc(RECORD_BYTES)
  const key = randomBytes(32)
  const startedMs = performance.now()
  for (let sealed = 0; sealed < sizeBytes; sealed += RECORD_BYTES) {
    const cipher = createCipheriv('aes-256-gcm', key, randomBytes(12))
    cipher.update(plain)
    cipher.final()
    cipher.getAuthTag()
  }
  return (sizeBytes / (performance.now() - startedMs)) * 1000
}

/** Bytes a second that arrive from one node:dgram socket at another, unpaced, in one process. */
export async function dgramBytesPerS(sizeBytes: number): Promise<number> {
  const receiver = createSocket('udp4').bind(0, '127.0.0.1')
  const sender = createSocket('udp4')
  try {
    await once(receiver, 'listening')
    sender.connect(receiver.address().port, '127.0.0.1')
    await once(sender, 'connect')
    let arrivedBytes = 0
    receiver.on('message', ({ length }) => {
      arrivedBytes += length
    })
    const datagram = Buffer.alloc(DATAGRAM_BYTES)
    const startedMs = performance.now()
    for (let sent = 0; sent < sizeBytes; ) {
      for (let i = 0; i < DATAGRAMS_A_TURN; i++, sent += DATAGRAM_BYTES) sender.send(datagram)
      await turn()
    }
    return (arrivedBytes / (performance.now() - startedMs)) * 1000
  } finally {
    sender.close()
    receiver.close()
  }
}
