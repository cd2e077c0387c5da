import type {
  BurstEvent,
  DataColumns,
  NumberedControl,
  SessionEvent,
  SliceHandle,
  TimeoutEvent,
} from '../../machines/events.ts'
import type { Failure } from '../../machines/failures.ts'
import type { Answer, Control, Entry, Introduction, Status } from '../../machines/messages.ts'
import type { TransportTimer } from '../../machines/timers.ts'

/** When everything built here happens, unless a spec says otherwise. */
export const AT_MS = 1_000

export const introduction: Introduction = { windowRecords: 128, socketBufferBytes: 212_992 }
/** Of a server whose sessions have to wait for their turns. */
export const windowless: Introduction = { ...introduction, windowRecords: 0 }
export const entry: Entry = { path: 'Foo1.txt', sizeBytes: 150_000, mtimeUs: 1_234_567 }

/** One data datagram's header fields; what is left out counts up or is full. */
export interface Slice {
  readonly packetNumber?: number
  readonly record?: number
  readonly offset?: number
  readonly length?: number
}

type BurstParts = Partial<Omit<BurstEvent, 'type' | 'data' | 'controls'>> & {
  readonly data?: readonly Slice[]
  /** Numbered in order from `firstNumber` on. */
  readonly controls?: readonly Control[]
  readonly firstNumber?: number
}

/** A burst of what is given and nothing else: `burst({ controls: [ping()] })`. */
export function burst(parts: BurstParts = {}): BurstEvent {
  const { data = [], controls = [], firstNumber = 0, ...rest } = parts
  return {
    type: 'burst',
    atMs: AT_MS,
    data: columns(data),
    controls: controls.map(
      (control, i): NumberedControl => ({ ...control, number: firstNumber + i }),
    ),
    welcome: null,
    refused: null,
    hellos: 0,
    ...rest,
  }
}

/** A burst that carries the one welcome that opened. */
export function welcome(answer: Answer, parts: BurstParts = {}): BurstEvent {
  return burst({ welcome: { answer, introduction }, ...parts })
}

/** A burst that carries a plain refusal quoting our hello. */
export function refusal(failure: Failure = { kind: 'wrongKey' }): BurstEvent {
  return burst({ refused: failure })
}

/** A burst of this session's own hello, said again. */
export function helloAgain(parts: BurstParts = {}): BurstEvent {
  return burst({ hellos: 1, ...parts })
}

/** The columns of a burst's data, row by row. */
export function columns(slices: readonly Slice[]): DataColumns {
  return {
    count: slices.length,
    packetNumbers: Float64Array.from(slices, ({ packetNumber }, i) => packetNumber ?? i),
    records: Float64Array.from(slices, ({ record }) => record ?? 0),
    offsets: Uint32Array.from(slices, ({ offset }) => offset ?? 0),
    lengths: Uint32Array.from(slices, ({ length }) => length ?? 1_000),
    slices: {} as SliceHandle,
  }
}

/** A status that reports nothing but what is given: `status({ opened: [0, 3] })`. */
export function status(parts: Partial<Omit<Status, 'kind'>> = {}): Status {
  return {
    kind: 'status',
    packets: [],
    delayMs: 0,
    opened: [],
    windowRecords: introduction.windowRecords,
    rejected: [],
    missing: [],
    storing: false,
    ...parts,
  }
}

export const ping = (): Control => ({ kind: 'ping' })
export const comparing = (): Control => ({ kind: 'comparing' })
export const queued = (): Control => ({ kind: 'queued' })
export const done = (): Control => ({ kind: 'done' })
export const doneBut = (exceptions: number): Control => ({ kind: 'done', exceptions })
export const withdrawn = (): Control => ({
  kind: 'withdrawn',
  entry: 0,
  failure: { kind: 'sourceChanged', path: '' },
})
export const manifest = (): Control => ({ kind: 'manifest', manifestBytes: 150_000 })
export const question = (): Control => ({ kind: 'question', from: 0 })
export const results = (from: number, to: number): Control => ({
  kind: 'results',
  from,
  to,
  runs: [{ first: from, last: from, result: { kind: 'identical' } }],
})
export const bye = (): Control => ({ kind: 'bye' })
export const digests = (record: number): Control => ({
  kind: 'digests',
  record,
  digests: new Uint8Array(8),
})
const token = new Uint8Array(8)
export const challenge = (): Control => ({ kind: 'challenge', token })
export const response = (): Control => ({ kind: 'response', token })
export const challenged = (atMs = AT_MS): SessionEvent => ({ type: 'challenged', token, atMs })
export const addressChanged = (atMs = AT_MS): SessionEvent => ({ type: 'addressChanged', atMs })
export const addressProved = (atMs = AT_MS): SessionEvent => ({
  type: 'addressProved',
  rttMs: 50,
  atMs,
})
export const draining = (sessions: number): Control => ({ kind: 'draining', sessions })
export const error = (failure: Failure = { kind: 'busy', path: entry.path }): Control => ({
  kind: 'error',
  failure,
})

export function timeout(timer: TransportTimer, atMs = AT_MS): TimeoutEvent {
  return { type: 'timeout', timer, atMs }
}

export const unreachable = (atMs = AT_MS): SessionEvent => ({ type: 'unreachable', atMs })
export const greeted = (atMs = AT_MS): SessionEvent => ({ type: 'greeted', atMs })
export const paused = (atMs = AT_MS): SessionEvent => ({ type: 'paused', atMs })
export const supersede = (): SessionEvent => ({ type: 'supersede' })
export const drain = (): SessionEvent => ({ type: 'drain' })
export const cancel = (): SessionEvent => ({ type: 'cancel' })
export const admitted = (windowRecords = 8): SessionEvent => ({
  type: 'admitted',
  windowRecords,
  atMs: AT_MS,
})
export const sessionsLeft = (sessions: number): SessionEvent => ({ type: 'sessionsLeft', sessions })
export const recordsSealed = (first: number, count: number): SessionEvent => ({
  type: 'recordsSealed',
  first,
  count,
})
export const recordsStored = (records: readonly number[], atMs = AT_MS): SessionEvent => ({
  type: 'recordsStored',
  records,
  atMs,
})
export const recordsRejected = (records: readonly number[]): SessionEvent => ({
  type: 'recordsRejected',
  records,
})
export const blocksRejected = (record: number, blocks: readonly number[]): SessionEvent => ({
  type: 'blocksRejected',
  record,
  blocks,
})
export const targetsLookedAt = (): SessionEvent => ({
  type: 'targetsLookedAt',
  sizesBytes: [150_000, 7],
  spared: [],
  isLast: true,
})
export const recordsSpared = (): SessionEvent => ({ type: 'recordsSpared', records: [0, 0] })
export const sourcesOpened = (): SessionEvent => ({
  type: 'sourcesOpened',
  manifestBytes: 150_000,
  sizesBytes: [150_000, 7],
  atMs: AT_MS,
})
export const entryFailed = (): SessionEvent => ({
  type: 'entryFailed',
  entry: 0,
  failure: { kind: 'sourceChanged', path: entry.path },
})
export const fileFailed = (
  failure: Failure = { kind: 'noSpace', path: entry.path },
): SessionEvent => ({ type: 'fileFailed', failure })
