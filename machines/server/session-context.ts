import type { BurstEvent, FileEvent, Hello } from '../events.ts'
import type { Failure, Outcome } from '../failures.ts'
import { DRAIN_PATIENCE_MS, LAST_WORD_REPEAT_MS, PATIENCE_MS, RTT_MS_ASSUMED } from '../limits.ts'
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
  /** What may come here before the first status; 0 while it waits for its turn. */
  readonly windowRecords: number
  readonly admittedAtMs: number
  readonly held: readonly BurstEvent[]
  /** Records that need not come again. */
  readonly stored: FlatRanges
  /** Of a get of several, once its files are looked at. */
  readonly offer: Offer | null
  /** What the files of a batch come to, once its manifest is known. */
  readonly batchBytes: number
  readonly sessionsLeft: number
  readonly alreadyThere: boolean
  /** How often the last word was said again unasked since it was asked for. */
  readonly lastWordRepeats: number
  /** The server waits for this session, to end. */
  readonly draining: boolean
  readonly failure: Failure | null
}

/** What a manifest on its way to the client speaks of. */
export type Offer = Omit<Extract<FileEvent, { type: 'sourcesOpened' }>, 'type'>

/** A request of which bytes come here first: files to be stored, or the names of those wanted. */
export type TargetRequest = Extract<Request, { verb: 'put' | 'putAll' | 'getAll' }>

export function hasTarget(request: Request): request is TargetRequest {
  return ['put', 'putAll', 'getAll'].includes(request.verb)
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

/** The last word may be lost as well: when to say it again, less and less often. */
export function lastWordRepeatMsOf({ lastWordRepeats }: ServerSessionContext): number {
  return LAST_WORD_REPEAT_MS * 2 ** lastWordRepeats
}

/** Bytes that the session moves, once the answer is known. */
function bytesOf(context: ServerSessionContext): number {
  const { request, answer } = context
  if (request.verb === 'put') return request.entry.sizeBytes
  if (request.verb === 'putAll' || request.verb === 'getAll') return context.batchBytes
  if (answer?.kind === 'sending') return answer.entry.sizeBytes
  return answer?.kind === 'manifest' ? answer.manifestBytes : 0
}

export function outcomeOf(context: ServerSessionContext): Outcome<Moved> {
  const { failure, alreadyThere } = context
  if (failure !== null) return { failed: failure }
  return { ok: { sizeBytes: bytesOf(context), alreadyThere } }
}

export function targetInput({ ports, request }: ServerSessionContext) {
  if (!hasTarget(request)) throw new Error('nothing comes here first')
  return { ports, request }
}

export function receiverInput(context: ServerSessionContext) {
  const { request } = context
  return {
    ports: context.ports,
    path: pathOf(request),
    totalBytes: arrivingBytesOf(context),
    isManifest: request.verb === 'putAll',
    windowRecords: context.windowRecords,
    rttMs: context.provedAtMs - context.greetedAtMs,
    atMs: Math.max(context.provedAtMs, context.admittedAtMs),
    held: context.held,
    stored: context.stored,
  }
}

/** What is known to come here, at first. */
function arrivingBytesOf(context: ServerSessionContext): number {
  const { request } = context
  if (request.verb === 'getAll') return request.namesBytes
  return request.verb === 'putAll' ? request.manifestBytes : bytesOf(context)
}

export function senderInput(context: ServerSessionContext) {
  const { offer, greetedAtMs, provedAtMs, admittedAtMs } = context
  const { introduction } = context.input.hello
  const isProved = provedAtMs > greetedAtMs
  return {
    ports: context.ports,
    path: pathOf(context.request),
    totalBytes: offer?.manifestBytes ?? bytesOf(context),
    entries: offer?.sizesBytes ?? [],
    datagramBytes: introduction.datagramBytes ?? context.input.datagramBytes,
    sizeFixed: introduction.datagramBytes !== undefined || context.input.sizeFixed,
    peer: introduction,
    rttMs: isProved ? provedAtMs - greetedAtMs : RTT_MS_ASSUMED,
    atMs: offer?.atMs ?? Math.max(greetedAtMs, admittedAtMs),
    rateBytesPerSMax: introduction.rateBytesPerSMax ?? Number.POSITIVE_INFINITY,
    // What is known of a path is trusted once a round trip is measured; this side begins before.
    known: null,
    opened: [],
  }
}
