import { once } from 'node:events'
import { createReadStream, createWriteStream } from 'node:fs'
import { connect, createServer } from 'node:net'
import type { Duplex } from 'node:stream'
import * as tls from 'node:tls'
import { udxStream } from './udx.ts'

/**
 * One side of a copy as the plainest Node program does it: `serve PEER FILE` prints its port, and
 * `send PEER FILE PORT` ends once the server has stored the file. Runs as a process of its own.
 */

const HOST = '127.0.0.1'
const READ_BYTES = 256 * 1024
/** A shared key spares the making of certificates; records are AES-256-GCM all the same. */
const PSK = Buffer.alloc(32, 7)
const TLS = { ciphers: 'PSK-AES256-GCM-SHA384', maxVersion: 'TLSv1.2' } as const

const [side = '', peer = '', file = '', port = '0', udxPath = ''] = process.argv.slice(2)

function say(address: unknown): void {
  process.stdout.write(`listening ${(address as { readonly port: number }).port}\n`)
}

function store(connection: Duplex): void {
  connection.pipe(createWriteStream(file)).on('finish', () => connection.end('stored'))
}

async function send(connection: Duplex): Promise<void> {
  const stored = once(connection, 'data')
  createReadStream(file, { highWaterMark: READ_BYTES }).pipe(connection)
  await stored
}

interface Peer {
  serve(): void
  sender(): Duplex
}

const peers: Readonly<Record<string, Peer>> = {
  net: {
    serve() {
      const server = createServer({ allowHalfOpen: true }, store)
      server.listen(0, HOST, () => say(server.address()))
    },
    sender: () => connect({ port: Number(port), host: HOST, allowHalfOpen: true }),
  },
  tls: {
    serve() {
      const options = { ...TLS, pskCallback: () => PSK, allowHalfOpen: true }
      const server = tls.createServer(options, store)
      server.listen(0, HOST, () => say(server.address()))
    },
    sender: () =>
      tls.connect({
        ...TLS,
        port: Number(port),
        host: HOST,
        pskCallback: () => ({ psk: PSK, identity: 'bench' }),
        checkServerIdentity: () => undefined,
      }),
  },
  udx: {
    serve() {
      store(udxStream(udxPath, 'serve', Number(port)))
      say({ port: Number(port) })
    },
    sender: () => udxStream(udxPath, 'send', Number(port)),
  },
}

const chosen = peers[peer]
if (chosen === undefined) throw new Error(`no such peer: ${peer}`)
if (side === 'serve') chosen.serve()
else {
  await send(chosen.sender())
  process.exit()
}
