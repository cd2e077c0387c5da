import { encode } from 'cborg'
import type { Hello, Welcome } from '../../machines/events.ts'
import type { Failure } from '../../machines/failures.ts'
import {
  DATAGRAM_BYTES_MIN,
  MANIFEST_BYTES_MAX,
  PATH_BYTES_MAX,
  SEAL_BYTES,
  TEXT_BYTES_MAX,
} from '../../machines/limits.ts'
import type {
  Answer,
  Control,
  Entry,
  Finding,
  Request,
  ResultRun,
} from '../../machines/messages.ts'
import { checkAs, decodeAs, decodeCbor } from './cbor.ts'
import { CONTROL_HEADER_BYTES, type Decoded, PREFIX_BYTES } from './datagram.ts'
import { NOISE_BYTES } from './noise.ts'
import * as schemas from './schemas.ts'
import { packStatus, unpackStatus } from './status.ts'

/** The messages inside datagrams, to CBOR and back. Encoding trusts, decoding never throws. */

/** CBOR a control may hold, so that its datagram fits every path. */
const CONTROL_BYTES_MAX = DATAGRAM_BYTES_MIN - CONTROL_HEADER_BYTES - SEAL_BYTES

/** CBOR a welcome may hold. */
const WELCOME_BYTES_MAX = DATAGRAM_BYTES_MIN - PREFIX_BYTES - NOISE_BYTES

export function encodeHello({ request, introduction, resumes }: Hello): Buffer {
  const resuming = resumes === undefined ? {} : { resumes }
  return cbor({ request: packRequest(request), introduction, ...resuming })
}

export function decodeHello(bytes: Uint8Array): Decoded<Hello> {
  return decodeAs(schemas.hello, bytes)
}

export function encodeWelcome({ answer, introduction }: Welcome): Buffer {
  return cbor({ answer: packAnswer(answer), introduction })
}

export function decodeWelcome(bytes: Uint8Array): Decoded<Welcome> {
  return decodeAs(schemas.welcome, bytes)
}

/** Whether a welcome fits one datagram; a list that does not fit must travel as a manifest. */
export function welcomeFits(welcome: Welcome): boolean {
  return encodeWelcome(welcome).length <= WELCOME_BYTES_MAX
}

export function encodeControl(control: Control): Buffer {
  switch (control.kind) {
    case 'status':
      return cbor(packStatus(control, CONTROL_BYTES_MAX))
    case 'error':
    case 'withdrawn':
      return cbor({ ...control, failure: packFailure(control.failure) })
    case 'results':
      return cbor({ ...control, runs: control.runs.map(packRun) })
    default:
      return cbor(control)
  }
}

/** A status is the one control that is an array, PROTOCOL R32. */
export function decodeControl(bytes: Uint8Array): Decoded<Control> {
  const item = decodeCbor(bytes)
  if ('malformed' in item) return item
  if (!Array.isArray(item.value)) return checkAs(schemas.plainControl, item.value)
  const status = unpackStatus(item.value)
  return status === null ? { malformed: 'outOfBounds' } : { value: status }
}

/** The entries of a list too long for a welcome, which travel as records. PROTOCOL "Manifest". */
export function encodeManifest(entries: readonly Entry[]): Buffer {
  return cbor(entries.map(packEntry))
}

export function decodeManifest(bytes: Uint8Array): Decoded<readonly Entry[]> {
  if (bytes.length > MANIFEST_BYTES_MAX) return { malformed: 'outOfBounds' }
  return decodeAs(schemas.entries, bytes)
}

/** The entries of a batch, on their way to a server. PROTOCOL "Batches". */
export function decodeBatch(bytes: Uint8Array): Decoded<readonly Entry[]> {
  return decodeAs(schemas.batch, bytes)
}

/** The paths of files that are wanted. PROTOCOL "Batches". */
export function encodeNames(paths: readonly string[]): Buffer {
  return cbor(paths.map((path) => Buffer.from(path)))
}

export function decodeNames(bytes: Uint8Array): Decoded<readonly string[]> {
  return decodeAs(schemas.names, bytes)
}

/** What there is of the files that are wanted, in the order of their names. PROTOCOL "Batches". */
export function encodeFindings(findings: readonly Finding[]): Buffer {
  return cbor(
    findings.map((finding) =>
      'kind' in finding ? packFailure(finding) : [finding.sizeBytes, finding.mtimeUs],
    ),
  )
}

export function decodeFindings(bytes: Uint8Array): Decoded<readonly Finding[]> {
  return decodeAs(schemas.findings, bytes)
}

/** Whether results fit one datagram. */
export function resultsFit(results: Extract<Control, { kind: 'results' }>): boolean {
  return encodeControl(results).length <= CONTROL_BYTES_MAX
}

function cbor(item: unknown): Buffer {
  const bytes = encode(item)
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}

function packEntry({ path, sizeBytes, mtimeUs }: Entry) {
  return [Buffer.from(path), sizeBytes, mtimeUs]
}

function packRequest(request: Request) {
  switch (request.verb) {
    case 'put':
      return { ...request, entry: packEntry(request.entry) }
    case 'get':
      return { ...request, path: Buffer.from(request.path) }
    default:
      return request
  }
}

function packAnswer(answer: Answer) {
  switch (answer.kind) {
    case 'accepted':
      return answer.stored.length === 0 ? { kind: answer.kind } : answer
    case 'sending':
      return { ...answer, entry: packEntry(answer.entry) }
    case 'listed':
      return { ...answer, entries: answer.entries.map(packEntry) }
    case 'refused':
      return { ...answer, failure: packFailure(answer.failure) }
    default:
      return answer
  }
}

function packRun({ first, last, result }: ResultRun) {
  const { kind } = result
  return [first, last, kind === 'failed' ? { kind, failure: packFailure(result.failure) } : result]
}

/** A failure must always fit its datagram, so texts are cut where the peer would refuse them. */
function packFailure(failure: Failure) {
  const fields = Object.entries(failure).map(([name, field]) => {
    if (typeof field !== 'string') return [name, field]
    return [name, cutTo(field, name === 'path' ? PATH_BYTES_MAX : TEXT_BYTES_MAX)]
  })
  return Object.fromEntries(fields)
}

function cutTo(text: string, bytesMax: number): string {
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(bytesMax))
  return text.slice(0, read)
}
