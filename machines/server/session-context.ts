import type { BurstEvent, Hello } from '../events.ts'
import type { Failure, Outcome } from '../failures.ts'
import { DRAIN_PATIENCE_MS, PATIENCE_MS, RTT_MS_ASSUMED } from '../limits.ts'
import type { Answer, FlatRanges, Introduction, Request } from '../messages.ts'
import type { Moved } from '../outcomes.ts'
import type { Ports } from '../ports.ts'

export interface ServerSessionInput {
  readonly ports: Ports
  readonly hello: Hello
  readonly introduction: Introduction
  readonly datagramBytes: number
  /** Datagrams keep that size; no larger one is tried. */
  readonly sizeFixed: boolean
  readonly atMs: number
}

export interface ServerSessionContext {
  readonly input: ServerSessionInput
  readonly ports: Ports
  readonly request: Request
  readonly answer: Answer | null
  readonly greetedAtMs: number
  readonly provedAtMs: number
  readonly held: readonly BurstEvent[]
  /** Records that need not come again. */
  readonly stored: FlatRanges
  /** What the files of a batch come to, once its manifest is read. */
  readonly batchBytes: number
  readonly sessionsLeft: number
  readonly alreadyThere: boolean
  /** The server waits for this session, to end. */
  readonly draining: boolean
  readonly failure: Failure | null
}

/** A request to store something here. */
export type PutRequest = Extract<Request, { verb: 'put' | 'putAll' }>

export function isPut(request: Request): request is PutRequest {
  return request.verb === 'put' || request.verb === 'putAll'
}

/** What the request is about, for failures to name; empty when it names nothing. */
export function pathOf(request: Request): string {
  if (request.verb === 'put') return request.entry.path
  return request.verb === 'get' ? request.path : ''
}

/** How long a quiet client is put up with. */
export function patienceMsOf({ draining }: ServerSessionContext): number {
  return draining ? DRAIN_PATIENCE_MS : PATIENCE_MS
}

/** Bytes that the session moves, once the answer is known. */
function bytesOf(context: ServerSessionContext): number {
  const { request, answer } = context
  if (request.verb === 'put') return request.entry.sizeBytes
  if (request.verb === 'putAll') return context.batchBytes
  if (answer?.kind === 'sending') return answer.entry.sizeBytes
  return answer?.kind === 'manifest' ? answer.manifestBytes : 0
}

export function outcomeOf(context: ServerSessionContext): Outcome<Moved> {
  const { failure, alreadyThere } = context
  if (failure !== null) return { failed: failure }
  return { ok: { sizeBytes: bytesOf(context), alreadyThere } }
}

export function targetInput({ ports, request }: ServerSessionContext) {
  if (!isPut(request)) throw new Error('only a put has a target here')
  return { ports, request }
}

export function receiverInput(context: ServerSessionContext) {
  const { request } = context
  const isBatch = request.verb === 'putAll'
  return {
    ports: context.ports,
    path: pathOf(request),
    totalBytes: isBatch ? request.manifestBytes : bytesOf(context),
    isManifest: isBatch,
    windowRecords: context.input.introduction.windowRecords,
    rttMs: context.provedAtMs - context.greetedAtMs,
    atMs: context.provedAtMs,
    held: context.held,
    stored: context.stored,
  }
}

export function senderInput(context: ServerSessionContext) {
  return {
    ports: context.ports,
    path: pathOf(context.request),
    totalBytes: bytesOf(context),
    datagramBytes: context.input.datagramBytes,
    sizeFixed: context.input.sizeFixed,
    peer: context.input.hello.introduction,
    rttMs: RTT_MS_ASSUMED,
    atMs: context.greetedAtMs,
    rateBytesPerSMax: context.input.hello.introduction.rateBytesPerSMax ?? Number.POSITIVE_INFINITY,
    opened: [],
  }
}
