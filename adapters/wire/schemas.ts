import * as v from 'valibot'
import type { Hello, Welcome } from '../../machines/events.ts'
import type { Failure } from '../../machines/failures.ts'
import {
  DATAGRAM_BYTES_MAX,
  DATAGRAM_BYTES_MIN,
  DIGEST_BLOCK_BYTES,
  DIGEST_BYTES,
  ENTRIES_MAX,
  MANIFEST_BYTES_MAX,
  MOVE_TOKEN_BYTES,
  PATH_BYTES_MAX,
  RECORD_BYTES,
  RECORDS_MAX,
  RESULT_RUNS_MAX,
  SEAL_BYTES,
  STATUS_OPENED_RANGES_MAX,
  TEXT_BYTES_MAX,
} from '../../machines/limits.ts'
import type { Control, Entry, Finding, ResultRun, Status } from '../../machines/messages.ts'

/**
 * What is accepted from the other side, message by message, with every bound. Keys that are not
 * named here are ignored, so that later versions can add some (PROTOCOL R7).
 */

/** cborg's own text decoding replaces bad UTF-8 and drops a leading BOM; a path must be kept. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** A byte string that holds UTF-8. Whether it is a safe name is for the folder to say. */
const path = v.pipe(
  v.instance(Uint8Array),
  v.check((bytes) => bytes.length <= PATH_BYTES_MAX),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    try {
      return utf8.decode(dataset.value)
    } catch {
      addIssue()
      return NEVER
    }
  }),
)

const wholeUpTo = (max: number) =>
  v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(max))
const whole = wholeUpTo(Number.MAX_SAFE_INTEGER)
const durationMs = v.pipe(v.number(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER))

const sizeBytes = wholeUpTo(RECORDS_MAX * RECORD_BYTES)
const mtimeUs = v.pipe(v.number(), v.safeInteger())

const entry = v.pipe(
  v.strictTuple([path, sizeBytes, mtimeUs]),
  v.transform(([path, sizeBytes, mtimeUs]): Entry => ({ path, sizeBytes, mtimeUs })),
)

/** PROTOCOL "Entries". */
export const entries = v.array(entry)

/** PROTOCOL "Batches". */
export const batch = v.pipe(v.array(entry), v.maxLength(ENTRIES_MAX))

const text = v.pipe(v.string(), v.maxBytes(TEXT_BYTES_MAX))
const shownPath = v.pipe(v.string(), v.maxBytes(PATH_BYTES_MAX))

const failureOf = <Kind extends string, Fields extends v.ObjectEntries>(
  kind: Kind,
  fields: Fields,
) => v.object({ kind: v.literal(kind), ...fields })

/** PROTOCOL "Refusals". */
const failure = v.variant('kind', [
  failureOf('noSuchFile', { path: shownPath }),
  failureOf('notAFile', { path: shownPath }),
  failureOf('badName', { path: shownPath, why: text }),
  failureOf('exists', { path: shownPath }),
  failureOf('busy', { path: shownPath }),
  failureOf('tooLarge', { path: shownPath, sizeBytesMax: whole }),
  failureOf('noSpace', { path: shownPath }),
  failureOf('permissionDenied', { path: shownPath }),
  failureOf('sourceChanged', { path: shownPath }),
  failureOf('fileError', { path: shownPath, code: text }),
  failureOf('unknownHost', { host: text }),
  failureOf('socketError', { code: text }),
  failureOf('nothingListens', {}),
  failureOf('noAnswer', { waitedMs: durationMs }),
  failureOf('linkLost', { silentMs: durationMs }),
  failureOf('wrongKey', {}),
  failureOf('versionUnsupported', { supported: whole }),
  failureOf('exitNotAllowed', {}),
  failureOf('serverDraining', {}),
  failureOf('tooManySessions', { sessionsMax: whole }),
  failureOf('protocolViolated', { what: text }),
  failureOf('cancelled', {}),
  failureOf('superseded', {}),
]) satisfies v.GenericSchema<unknown, Failure>

/** Of files that are wanted. PROTOCOL "Batches". */
export const names = v.pipe(v.array(path), v.minLength(1), v.maxLength(ENTRIES_MAX))

/** PROTOCOL "Batches". */
export const findings = v.pipe(
  v.array(
    v.union([
      v.pipe(
        v.strictTuple([sizeBytes, mtimeUs]),
        v.transform(([sizeBytes, mtimeUs]) => ({ sizeBytes, mtimeUs })),
      ),
      failure,
    ]),
  ),
  v.maxLength(ENTRIES_MAX),
) satisfies v.GenericSchema<unknown, Finding[]>

const introduction = v.object({
  windowRecords: wholeUpTo(RECORDS_MAX),
  socketBufferBytes: whole,
  rateBytesPerSMax: v.optional(v.pipe(whole, v.minValue(1))),
  datagramBytes: v.optional(v.pipe(wholeUpTo(DATAGRAM_BYTES_MAX), v.minValue(DATAGRAM_BYTES_MIN))),
})

/** PROTOCOL "Comparing". */
const comparison = {
  digest: v.optional(v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))),
  checksum: v.optional(v.boolean()),
}

/** Of a manifest, or of names, that travel as records. */
const manifestBytes = v.pipe(wholeUpTo(MANIFEST_BYTES_MAX), v.minValue(1))

/** PROTOCOL "Requests". */
const request = v.variant('verb', [
  v.object({ verb: v.literal('put'), entry, replace: v.boolean(), ...comparison }),
  v.object({
    verb: v.literal('putAll'),
    manifestBytes,
    replace: v.boolean(),
    checksum: comparison.checksum,
  }),
  v.object({ verb: v.literal('get'), path, ...comparison }),
  v.object({ verb: v.literal('getAll'), namesBytes: manifestBytes }),
  v.object({ verb: v.literal('list') }),
  v.object({ verb: v.literal('exit') }),
])

/** Ascending, disjoint, inclusive ranges of records laid flat; left out when there are none. */
const storedRanges = v.optional(
  v.pipe(
    v.array(wholeUpTo(RECORDS_MAX - 1)),
    v.maxLength(2 * STATUS_OPENED_RANGES_MAX),
    v.check((flat) => flat.length % 2 === 0 && flat.every((n, i) => isAfter(flat, n, i))),
  ),
  [],
)

/** A range begins behind the gap after the one before, and ends no earlier than it begins. */
function isAfter(flat: readonly number[], n: number, i: number): boolean {
  return i === 0 || (i % 2 === 0 ? n > flat[i - 1]! + 1 : n >= flat[i - 1]!)
}

const sessionId = v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/))

/** PROTOCOL "Answers". */
const answer = v.variant('kind', [
  v.object({ kind: v.literal('accepted'), stored: storedRanges }),
  v.object({ kind: v.literal('identical') }),
  v.object({ kind: v.literal('compare') }),
  v.object({ kind: v.literal('comparing') }),
  v.object({ kind: v.literal('sending'), entry }),
  v.object({ kind: v.literal('listed'), entries }),
  v.object({ kind: v.literal('manifest'), manifestBytes: wholeUpTo(MANIFEST_BYTES_MAX) }),
  v.object({ kind: v.literal('refused'), failure }),
])

export const hello = v.object({
  request,
  introduction,
  resumes: v.optional(sessionId),
}) satisfies v.GenericSchema<unknown, Hello>

export const welcome = v.object({ answer, introduction }) satisfies v.GenericSchema<
  unknown,
  Welcome
>

/** Of the blocks of one record, none cut short. PROTOCOL R51. */
const digests = v.pipe(
  v.instance(Uint8Array),
  v.minLength(DIGEST_BYTES),
  v.maxLength(Math.ceil((RECORD_BYTES + SEAL_BYTES) / DIGEST_BLOCK_BYTES) * DIGEST_BYTES),
  v.check(({ length }) => length % DIGEST_BYTES === 0),
)

const entryIndex = wholeUpTo(ENTRIES_MAX - 1)
const entryCount = wholeUpTo(ENTRIES_MAX)

/** PROTOCOL "Batches". */
const resultRuns = v.pipe(
  v.array(
    v.pipe(
      v.strictTuple([
        entryIndex,
        entryIndex,
        v.variant('kind', [
          v.object({ kind: v.literal('identical') }),
          v.object({ kind: v.literal('compare') }),
          v.object({ kind: v.literal('failed'), failure }),
        ]),
      ]),
      v.transform(([first, last, result]): ResultRun => ({ first, last, result })),
    ),
  ),
  v.maxLength(RESULT_RUNS_MAX),
)

/** Runs are ascending and disjoint, and speak of entries from ≤ n < to alone. */
function areWithin(runs: readonly ResultRun[], from: number, to: number): boolean {
  return runs.every(
    ({ first, last }, i) =>
      first >= (runs[i - 1]?.last ?? from - 1) + 1 && first <= last && last < to,
  )
}

/** PROTOCOL R65. */
const moveToken = v.pipe(v.instance(Uint8Array), v.length(MOVE_TOKEN_BYTES))

/** Every control but status, which is packed and checked by hand. PROTOCOL "Control". */
export const plainControl = v.variant('kind', [
  v.object({ kind: v.literal('ping') }),
  v.object({ kind: v.literal('digests'), record: wholeUpTo(RECORDS_MAX - 1), digests }),
  v.object({ kind: v.literal('challenge'), token: moveToken }),
  v.object({ kind: v.literal('response'), token: moveToken }),
  v.object({ kind: v.literal('draining'), sessions: whole }),
  v.object({ kind: v.literal('queued') }),
  v.object({ kind: v.literal('comparing') }),
  v.object({
    kind: v.literal('done'),
    exceptions: v.optional(v.pipe(entryCount, v.minValue(1))),
  }),
  v.object({ kind: v.literal('manifest'), manifestBytes }),
  v.object({ kind: v.literal('withdrawn'), entry: entryIndex, failure }),
  v.object({ kind: v.literal('question'), from: entryIndex }),
  v.pipe(
    v.object({ kind: v.literal('results'), from: entryIndex, to: entryCount, runs: resultRuns }),
    v.check(({ from, to, runs }) => from < to && areWithin(runs, from, to)),
  ),
  v.object({ kind: v.literal('bye') }),
  v.object({ kind: v.literal('error'), failure }),
]) satisfies v.GenericSchema<unknown, Exclude<Control, Status>>
