import { nodeAead } from '../../../adapters/wire/aead.ts'
import { createClientWire } from '../../../adapters/wire/client-wire.ts'
import {
  encodeControl,
  encodeFindings,
  encodeHello,
  encodeManifest,
  encodeNames,
  encodeWelcome,
} from '../../../adapters/wire/codec.ts'
import { digestsOf } from '../../../adapters/wire/digests.ts'
import { helloKey, sessionKeys } from '../../../adapters/wire/keys.ts'
import { generateKeyPair, Initiator } from '../../../adapters/wire/noise.ts'
import { acceptHello } from '../../../adapters/wire/server-wire.ts'
import { Tokens } from '../../../adapters/wire/token.ts'
import type { Hello, Welcome } from '../../../machines/events.ts'
import type { Control, Entry, Finding } from '../../../machines/messages.ts'

/** The one fixed session that golden-vectors.json and PROTOCOL.md show, made by the code anew. */

const key = ascending(0x00, 32)
const otherKey = ascending(0x60, 32)
const sessionId = ascending(0x80, 8)
const clientEphemeral = generateKeyPair(ascending(0x20, 32))
const serverEphemeral = generateKeyPair(ascending(0x40, 32))

const hello: Hello = {
  request: {
    verb: 'put',
    entry: { path: 'Foo1.txt', sizeBytes: 23, mtimeUs: 1_700_000_000_000_000 },
    replace: false,
  },
  introduction: { windowRecords: 128, socketBufferBytes: 212_992 },
}

const welcome: Welcome = {
  answer: { kind: 'accepted', stored: [] },
  introduction: { windowRecords: 128, socketBufferBytes: 212_992 },
}

/** One of each kind, sealed by the client under the numbers 0, 1, … */
const controls: readonly Control[] = [
  {
    kind: 'status',
    packets: [0, 6, 9, 9, 12, 300],
    delayMs: 1.25,
    opened: [0, 3, 5, 5],
    windowRecords: 132,
    rejected: [4],
    missing: [6, 3, 2 ** 28],
    storing: false,
  },
  { kind: 'ping' },
  { kind: 'draining', sessions: 2 },
  { kind: 'done' },
  { kind: 'bye' },
  { kind: 'error', failure: { kind: 'exists', path: 'Foo1.txt' } },
]

/** Sealed behind the others. */
const further: readonly Control[] = [
  { kind: 'challenge', token: ascending(0xa0, 8) },
  { kind: 'response', token: ascending(0xa0, 8) },
  { kind: 'comparing' },
]

/** Of a put of several files. */
const batch: readonly Control[] = [
  { kind: 'done', exceptions: 3 },
  { kind: 'withdrawn', entry: 7, failure: { kind: 'sourceChanged', path: 'Foo1.txt' } },
  { kind: 'question', from: 0 },
  {
    kind: 'results',
    from: 0,
    to: 9,
    runs: [
      { first: 0, last: 1, result: { kind: 'identical' } },
      { first: 4, last: 4, result: { kind: 'failed', failure: { kind: 'exists', path: '' } } },
    ],
  },
]

const manifest: readonly Entry[] = [
  { path: 'Foo1.txt', sizeBytes: 23, mtimeUs: 1_700_000_000_000_000 },
  { path: 'Foo2.jpg', sizeBytes: 70_000, mtimeUs: -1 },
]
const batchHello: Hello = {
  ...hello,
  request: { verb: 'putAll', manifestBytes: encodeManifest(manifest).length, replace: false },
}

const names = ['Foo1.txt', 'Foo2.jpg', 'Foo3.txt']
const findings: readonly Finding[] = [...manifest, { kind: 'noSuchFile', path: '' }]
const namesHello: Hello = {
  ...hello,
  request: { verb: 'getAll', namesBytes: encodeNames(names).length },
}
/** Of a get of several files. */
const offer: Control = { kind: 'manifest', manifestBytes: encodeFindings(findings).length }
/** Of a server that has others begin first. */
const queued: Control = { kind: 'queued' }

const recordPlain = Buffer.from('a record of a short fi\n')
const dataPacketNumber = 1
const dataOffset = 16
const tokenNumbers = [0, 1, 16_384, 2 ** 32]

export function goldenVectors() {
  const client = createClientWire({ key, sessionId, hello }, () => clientEphemeral)
  const accepted = acceptHello(client.hello, key, nodeAead, () => serverEphemeral)
  const refused = acceptHello(client.hello, otherKey)
  if (accepted.kind !== 'accepted' || refused.kind !== 'refused') throw new Error('not a handshake')
  const welcomeDatagram = accepted.wire.welcome(welcome)
  client.read([welcomeDatagram], 0)

  const initiator = new Initiator(key, sessionId, encodeHello(hello), clientEphemeral)
  const opened = initiator.open(welcomeDatagram.subarray(11))
  if (opened === null) throw new Error('not a handshake')
  const keys = sessionKeys(opened.split)

  const sealed = client.sealRecord(0, recordPlain)
  const data = Buffer.alloc(27 + sealed.length - dataOffset)
  const slice = [0, dataOffset, sealed.length - dataOffset] as const
  client.writeData(data, 0, dataPacketNumber, ...slice, sealed)
  const tokens = new Tokens(keys.client.token)
  return {
    key: hex(key),
    sessionId: hex(sessionId),
    clientEphemeral: {
      secret: hex(clientEphemeral.secretKey),
      public: hex(clientEphemeral.publicKey),
    },
    serverEphemeral: {
      secret: hex(serverEphemeral.secretKey),
      public: hex(serverEphemeral.publicKey),
    },
    helloKey: hex(helloKey(key)),
    helloPayload: hex(encodeHello(hello)),
    helloUnpadded: hex(client.hello.subarray(0, 30 + client.hello.readUInt16BE(28))),
    refused: hex(refused.answer),
    welcomePayload: hex(encodeWelcome(welcome)),
    welcome: hex(welcomeDatagram),
    handshakeHash: hex(opened.split.handshakeHash),
    client: {
      secret: hex(opened.split.clientKey),
      records: hex(keys.client.records),
      control: hex(keys.client.control),
      token: hex(keys.client.token),
    },
    server: {
      secret: hex(opened.split.serverKey),
      records: hex(keys.server.records),
      control: hex(keys.server.control),
      token: hex(keys.server.token),
    },
    batchHelloPayload: hex(encodeHello(batchHello)),
    manifest: hex(encodeManifest(manifest)),
    namesHelloPayload: hex(encodeHello(namesHello)),
    names: hex(encodeNames(names)),
    findings: hex(encodeFindings(findings)),
    recordPlain: hex(recordPlain),
    recordSealed: hex(sealed),
    data: hex(data),
    controls: [...controls, digestsOfRecord(sealed), ...further, ...batch, offer, queued].map(
      (control) => ({
        kind: control.kind,
        cbor: hex(encodeControl(control)),
        datagram: hex(client.sealControl(control)),
      }),
    ),
    tokens: Object.fromEntries(
      tokenNumbers.map((number) => [number, tokens.at(number).toString(16).padStart(8, '0')]),
    ),
  }
}

function digestsOfRecord(sealed: Buffer): Control {
  return { kind: 'digests', record: 0, digests: digestsOf(sealed) }
}

function ascending(first: number, lengthBytes: number): Buffer {
  return Buffer.from(Array.from({ length: lengthBytes }, (_, i) => first + i))
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
