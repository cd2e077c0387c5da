import { encode } from 'cborg'
import { expect } from 'chai'
import fc from 'fast-check'
import {
  decodeBatch,
  decodeControl,
  decodeFindings,
  decodeHello,
  decodeManifest,
  decodeNames,
  decodeWelcome,
  encodeControl,
  encodeFindings,
  encodeHello,
  encodeManifest,
  encodeNames,
  encodeWelcome,
  welcomeFits,
} from '../../../adapters/wire/codec.ts'
import { NUMBER_MAX } from '../../../adapters/wire/datagram.ts'
import type { Hello, Welcome } from '../../../machines/events.ts'
import type { Failure } from '../../../machines/failures.ts'
import {
  DATAGRAM_BYTES_MAX,
  DATAGRAM_BYTES_MIN,
  ENTRIES_MAX,
  MANIFEST_BYTES_MAX,
  PATH_BYTES_MAX,
  RECORD_BYTES,
  RECORDS_MAX,
  RESULT_RUNS_MAX,
  TEXT_BYTES_MAX,
} from '../../../machines/limits.ts'
import type { Control, Entry, Introduction, Status } from '../../../machines/messages.ts'
import { acceptedWelcome, introduction } from './pair.ts'

const CONTROL_CBOR_MAX = DATAGRAM_BYTES_MIN - 17 - 16

const pathOf = fc.string({ unit: 'grapheme', maxLength: 40 })
const entryOf: fc.Arbitrary<Entry> = fc.record({
  path: pathOf,
  sizeBytes: fc.integer({ min: 0, max: RECORDS_MAX * RECORD_BYTES }),
  mtimeUs: fc.maxSafeInteger(),
})
const count = fc.maxSafeNat()
const failureOf: fc.Arbitrary<Failure> = fc
  .oneof(
    fc.record({ kind: fc.constantFrom('noSuchFile', 'exists', 'busy', 'noSpace'), path: pathOf }),
    fc.record({
      kind: fc.constantFrom('notAFile', 'permissionDenied', 'sourceChanged'),
      path: pathOf,
    }),
    fc.record({ kind: fc.constant('badName'), path: pathOf, why: pathOf }),
    fc.record({ kind: fc.constant('tooLarge'), path: pathOf, sizeBytesMax: count }),
    fc.record({ kind: fc.constant('fileError'), path: pathOf, code: pathOf }),
    fc.record({ kind: fc.constant('unknownHost'), host: pathOf }),
    fc.record({ kind: fc.constant('socketError'), code: pathOf }),
    fc.record({
      kind: fc.constant('noAnswer'),
      waitedMs: fc.double({ min: 0, max: 1e9, noNaN: true }),
    }),
    fc.record({ kind: fc.constant('linkLost'), silentMs: count }),
    fc.record({ kind: fc.constant('versionUnsupported'), supported: count }),
    fc.record({ kind: fc.constant('tooManySessions'), sessionsMax: count }),
    fc.record({ kind: fc.constant('protocolViolated'), what: pathOf }),
    fc.record({ kind: fc.constantFrom('nothingListens', 'wrongKey', 'exitNotAllowed') }),
    fc.record({ kind: fc.constantFrom('serverDraining', 'cancelled', 'superseded') }),
  )
  .map((failure) => ({ ...failure }) as Failure)

const plainIntroductionOf = fc.record({
  windowRecords: fc.integer({ min: 0, max: RECORDS_MAX }),
  socketBufferBytes: count,
})
const limitedIntroductionOf = fc.record({
  windowRecords: fc.integer({ min: 0, max: RECORDS_MAX }),
  socketBufferBytes: count,
  rateBytesPerSMax: fc.integer({ min: 1 }),
  datagramBytes: fc.integer({ min: DATAGRAM_BYTES_MIN, max: DATAGRAM_BYTES_MAX }),
})

const introductionOf = fc.oneof(plainIntroductionOf, limitedIntroductionOf)

/** Ascending, disjoint ranges up to `max`, `rangesMax` of them at most. */
const rangesOf = (max: number, rangesMax: number) =>
  fc
    .uniqueArray(fc.integer({ min: 0, max }), { maxLength: 2 * rangesMax })
    .map((numbers) => numbers.slice(numbers.length % 2).sort((a, b) => a - b))

const word = fc.integer({ min: 0, max: 2 ** 32 - 1 })

const statusOf: fc.Arbitrary<Status> = fc.record({
  kind: fc.constant('status'),
  packets: rangesOf(NUMBER_MAX, 30),
  delayMs: fc.integer({ min: 0, max: 2 ** 32 - 1 }).map((us) => us / 1_000),
  opened: rangesOf(RECORDS_MAX - 1, 30),
  windowRecords: fc.integer({ min: 0, max: RECORDS_MAX }),
  rejected: fc.array(fc.integer({ min: 0, max: RECORDS_MAX - 1 }), { maxLength: 16 }),
  missing: fc.array(fc.tuple(word, word, word), { maxLength: 16 }).map((triples) => triples.flat()),
  storing: fc.boolean(),
})

const entryPlace = fc.integer({ min: 0, max: ENTRIES_MAX - 1 })

/** Runs of entries within from ≤ n < to. */
const resultsOf: fc.Arbitrary<Control> = fc
  .tuple(rangesOf(ENTRIES_MAX - 1, RESULT_RUNS_MAX), failureOf)
  .filter(([flat]) => flat.length > 0)
  .map(([flat, failure]) => ({
    kind: 'results',
    from: flat[0]!,
    to: flat.at(-1)! + 1,
    runs: Array.from({ length: flat.length / 2 }, (_, i) => ({
      first: flat[2 * i]!,
      last: flat[2 * i + 1]!,
      result:
        i === 0
          ? { kind: 'failed' as const, failure }
          : { kind: i % 2 === 0 ? ('compare' as const) : ('identical' as const) },
    })),
  }))

describe('codec', () => {
  it('brings every hello back as it was', () => {
    const helloOf: fc.Arbitrary<Hello> = fc.record({
      request: fc.oneof(
        fc.record({ verb: fc.constant('put'), entry: entryOf, replace: fc.boolean() }),
        fc.record({
          verb: fc.constant('putAll'),
          manifestBytes: fc.integer({ min: 1, max: MANIFEST_BYTES_MAX }),
          replace: fc.boolean(),
        }),
        fc.record({ verb: fc.constant('get'), path: pathOf }),
        fc.record({
          verb: fc.constant('getAll'),
          namesBytes: fc.integer({ min: 1, max: MANIFEST_BYTES_MAX }),
        }),
        fc.record({ verb: fc.constantFrom('list', 'exit') }),
      ) as fc.Arbitrary<Hello['request']>,
      introduction: introductionOf,
    })
    fc.assert(
      fc.property(helloOf, (hello) => {
        expect(decodeHello(encodeHello(hello))).to.deep.equal({ value: hello })
      }),
    )
  })

  it('brings every welcome back as it was', () => {
    const answerOf = fc.oneof(
      fc.record({ kind: fc.constantFrom('identical', 'compare', 'comparing') }),
      fc.record({
        kind: fc.constant('accepted'),
        stored: fc.constantFrom([], [0, 0], [0, 7, 9, RECORDS_MAX - 1]),
      }),
      fc.record({ kind: fc.constant('sending'), entry: entryOf }),
      fc.record({ kind: fc.constant('listed'), entries: fc.array(entryOf, { maxLength: 9 }) }),
      fc.record({
        kind: fc.constant('manifest'),
        manifestBytes: fc.integer({ min: 0, max: MANIFEST_BYTES_MAX }),
      }),
      fc.record({ kind: fc.constant('refused'), failure: failureOf }),
    ) as fc.Arbitrary<Welcome['answer']>
    fc.assert(
      fc.property(answerOf, introductionOf, (answer, introduction) => {
        const welcome = { answer, introduction }
        expect(decodeWelcome(encodeWelcome(welcome))).to.deep.equal({ value: welcome })
      }),
    )
  })

  it('brings every control back as it was', () => {
    const controlOf = fc.oneof(
      statusOf,
      fc.record({ kind: fc.constantFrom('ping', 'comparing', 'queued', 'done', 'bye') }),
      fc.record({ kind: fc.constant('draining'), sessions: count }),
      fc.record({
        kind: fc.constant('done'),
        exceptions: fc.integer({ min: 1, max: ENTRIES_MAX }),
      }),
      fc.record({ kind: fc.constant('question'), from: entryPlace }),
      fc.record({
        kind: fc.constant('manifest'),
        manifestBytes: fc.integer({ min: 1, max: MANIFEST_BYTES_MAX }),
      }),
      fc.record({ kind: fc.constant('withdrawn'), entry: entryPlace, failure: failureOf }),
      resultsOf,
      fc.record({
        kind: fc.constant('digests'),
        record: fc.integer({ min: 0, max: RECORDS_MAX - 1 }),
        digests: fc
          .integer({ min: 1, max: 61 })
          .chain((blocks) => fc.uint8Array({ minLength: 8 * blocks, maxLength: 8 * blocks })),
      }),
      fc.record({
        kind: fc.constantFrom('challenge', 'response'),
        token: fc.uint8Array({ minLength: 8, maxLength: 8 }),
      }),
      fc.record({ kind: fc.constant('error'), failure: failureOf }),
    ) as fc.Arbitrary<Control>
    fc.assert(
      fc.property(controlOf, (control) => {
        expect(decodeControl(encodeControl(control))).to.deep.equal({ value: control })
      }),
    )
  })

  it('takes as many entries of a batch as there may be, and none more', () => {
    const entry = [Buffer.from('a'), 0, 0]
    const manifest = (count: number) => encode(Array(count).fill(entry))
    const most = decodeBatch(manifest(ENTRIES_MAX))
    expect('value' in most && most.value.length).to.equal(ENTRIES_MAX)
    expect(decodeBatch(manifest(ENTRIES_MAX + 1))).to.deep.equal({ malformed: 'outOfBounds' })
  })

  it('takes 1 to as many names and findings as there may be entries, and none more', () => {
    const names = (count: number) => 'value' in decodeNames(encodeNames(Array(count).fill('a')))
    expect([0, 1, ENTRIES_MAX, ENTRIES_MAX + 1].map(names)).to.deep.equal([
      false,
      true,
      true,
      false,
    ])
    const finding = { sizeBytes: 1, mtimeUs: 1 }
    const findings = (count: number) =>
      'value' in decodeFindings(encodeFindings(Array(count).fill(finding)))
    expect([ENTRIES_MAX, ENTRIES_MAX + 1].map(findings)).to.deep.equal([true, false])
  })

  it('brings names and what is found of them back as they were, and reads nothing else', () => {
    const findingOf = fc.oneof(
      failureOf,
      entryOf.map(({ sizeBytes, mtimeUs }) => ({ sizeBytes, mtimeUs })),
    )
    fc.assert(
      fc.property(fc.array(pathOf, { minLength: 1 }), fc.array(findingOf), (names, findings) => {
        expect(decodeNames(encodeNames(names))).to.deep.equal({ value: names })
        expect(decodeFindings(encodeFindings(findings))).to.deep.equal({ value: findings })
      }),
    )
    const sizeBytesMax = RECORDS_MAX * RECORD_BYTES
    expect(decodeFindings(encode([[sizeBytesMax, 0]]))).to.have.property('value')
    for (const item of [
      [-1, 0],
      [sizeBytesMax + 1, 0],
      [0],
      [Buffer.from('a'), 0, 0],
      { kind: 'unheardOf' },
    ]) {
      const malformed = decodeFindings(encode([item]))
      expect(malformed, JSON.stringify(item)).to.deep.equal({ malformed: 'outOfBounds' })
    }
    const long = encodeNames(['a'.repeat(PATH_BYTES_MAX + 1)])
    expect(decodeNames(long)).to.deep.equal({ malformed: 'outOfBounds' })
  })

  it('takes results that speak of entries they are about, in order, and no others', () => {
    const identical = { kind: 'identical' }
    const read = (from: number, to: number, ...ranges: number[][]) =>
      decodeControl(
        encode({
          kind: 'results',
          from,
          to,
          runs: ranges.map(([first, last]) => [first, last, identical]),
        }),
      )
    const sound = [
      read(0, 1),
      read(3, 9, [3, 3], [4, 8]),
      read(ENTRIES_MAX - 1, ENTRIES_MAX, [ENTRIES_MAX - 1, ENTRIES_MAX - 1]),
      read(0, 100, ...Array.from({ length: RESULT_RUNS_MAX }, (_, i) => [i, i])),
    ]
    for (const control of sound) expect(control).to.have.property('value')
    const unsound = [
      read(0, 0),
      read(2, 1),
      read(0, ENTRIES_MAX + 1),
      read(3, 9, [2, 4]),
      read(3, 9, [8, 9]),
      read(3, 9, [5, 4]),
      read(3, 9, [4, 5], [5, 6]),
      read(3, 9, [6, 6], [4, 4]),
      read(0, 100, ...Array.from({ length: RESULT_RUNS_MAX + 1 }, (_, i) => [i, i])),
    ]
    for (const control of unsound) expect(control).to.deep.equal({ malformed: 'outOfBounds' })
  })

  it('takes counts and places of entries within a batch, and none beyond', () => {
    const read = (control: object) => 'value' in decodeControl(encode(control))
    const failure = { kind: 'cancelled' }
    for (const [n, isPlace, isCount] of [
      [-1, false, false],
      [0, true, false],
      [1, true, true],
      [ENTRIES_MAX - 1, true, true],
      [ENTRIES_MAX, false, true],
      [ENTRIES_MAX + 1, false, false],
    ] as const) {
      expect(read({ kind: 'done', exceptions: n }), `done ${n}`).to.equal(isCount)
      expect(read({ kind: 'question', from: n }), `question ${n}`).to.equal(isPlace)
      expect(read({ kind: 'withdrawn', entry: n, failure }), `withdrawn ${n}`).to.equal(isPlace)
    }
    const asked = (request: object) => 'value' in decodeHello(encode({ request, introduction }))
    for (const [bytes, isTaken] of [
      [0, false],
      [1, true],
      [MANIFEST_BYTES_MAX, true],
      [MANIFEST_BYTES_MAX + 1, false],
    ] as const) {
      const put = { verb: 'putAll', manifestBytes: bytes, replace: false }
      expect(asked(put), `put ${bytes}`).to.equal(isTaken)
      expect(asked({ verb: 'getAll', namesBytes: bytes }), `get ${bytes}`).to.equal(isTaken)
      expect(read({ kind: 'manifest', manifestBytes: bytes }), `offer ${bytes}`).to.equal(isTaken)
    }
  })

  it('takes digests of 1 to 61 blocks, none cut short', () => {
    const read = (record: number, bytes: number) =>
      decodeControl(encode({ kind: 'digests', record, digests: new Uint8Array(bytes) }))
    for (const bytes of [8, 488]) expect(read(RECORDS_MAX - 1, bytes)).to.have.property('value')
    for (const bytes of [0, 7, 9, 487, 489, 496]) {
      expect(read(0, bytes), `${bytes}`).to.deep.equal({ malformed: 'outOfBounds' })
    }
    expect(read(RECORDS_MAX, 8)).to.deep.equal({ malformed: 'outOfBounds' })
    const text = encode({ kind: 'digests', record: 0, digests: '12345678' })
    expect(decodeControl(text)).to.deep.equal({ malformed: 'outOfBounds' })
  })

  it('brings a manifest back as it was', () => {
    fc.assert(
      fc.property(fc.array(entryOf), (entries) => {
        expect(decodeManifest(encodeManifest(entries))).to.deep.equal({ value: entries })
      }),
    )
    expect(decodeManifest(Buffer.alloc(MANIFEST_BYTES_MAX + 1))).to.deep.equal({
      malformed: 'outOfBounds',
    })
  })

  it('keeps a path byte for byte, a leading byte order mark too', () => {
    const entries = [{ path: '\ufeffnaïve/Ω.TXT', sizeBytes: 0, mtimeUs: -1 }]
    expect(decodeManifest(encodeManifest(entries))).to.deep.equal({ value: entries })
    expect(decodeManifest(encode([[Buffer.from('ff', 'hex'), 0, 0]]))).to.deep.equal({
      malformed: 'outOfBounds',
    })
  })

  it('takes a path, sizes and a record count up to their bounds and not beyond', () => {
    const entryAt = (pathBytes: number, sizeBytes: number) =>
      decodeManifest(encodeManifest([{ path: 'a'.repeat(pathBytes), sizeBytes, mtimeUs: 0 }]))
    const sizeBytesMax = RECORDS_MAX * RECORD_BYTES
    expect(entryAt(PATH_BYTES_MAX, sizeBytesMax)).to.have.property('value')
    expect(entryAt(PATH_BYTES_MAX + 1, 0)).to.deep.equal({ malformed: 'outOfBounds' })
    expect(entryAt(1, sizeBytesMax + 1)).to.deep.equal({ malformed: 'outOfBounds' })
    expect(entryAt(1, -1)).to.deep.equal({ malformed: 'outOfBounds' })
    const introduced = (said: Partial<Introduction>) =>
      decodeWelcome(
        encodeWelcome({ ...acceptedWelcome, introduction: { ...introduction, ...said } }),
      )
    for (const windowRecords of [0, RECORDS_MAX]) {
      expect(introduced({ windowRecords })).to.have.property('value')
    }
    for (const datagramBytes of [DATAGRAM_BYTES_MIN, DATAGRAM_BYTES_MAX]) {
      expect(introduced({ datagramBytes })).to.have.property('value')
    }
    for (const said of [
      { windowRecords: -1 },
      { windowRecords: RECORDS_MAX + 1 },
      { datagramBytes: DATAGRAM_BYTES_MIN - 1 },
      { datagramBytes: DATAGRAM_BYTES_MAX + 1 },
      { rateBytesPerSMax: 0 },
    ]) {
      expect(introduced(said)).to.deep.equal({ malformed: 'outOfBounds' })
    }
  })

  it('cuts the texts of a failure to what the peer accepts, between characters', () => {
    const failure: Failure = {
      kind: 'badName',
      path: 'ä'.repeat(PATH_BYTES_MAX),
      why: `x${'ä'.repeat(TEXT_BYTES_MAX)}`,
    }
    const bytes = encodeControl({ kind: 'error', failure })
    expect(bytes.length).to.be.at.most(CONTROL_CBOR_MAX)
    expect(decodeControl(bytes)).to.deep.equal({
      value: {
        kind: 'error',
        failure: {
          kind: 'badName',
          path: 'ä'.repeat(PATH_BYTES_MAX / 2),
          why: `x${'ä'.repeat(TEXT_BYTES_MAX / 2 - 1)}`,
        },
      },
    })
  })

  it('says which welcome fits, both sides of the limit', () => {
    const listed = (pathBytes: number): Welcome => ({
      answer: {
        kind: 'listed',
        entries: [
          { path: 'a'.repeat(500), sizeBytes: 1, mtimeUs: 1 },
          { path: 'b'.repeat(pathBytes), sizeBytes: 1, mtimeUs: 1 },
        ],
      },
      introduction,
    })
    const overheadBytes = encodeWelcome(listed(500)).length - 500
    const fitting = DATAGRAM_BYTES_MIN - 11 - 48 - overheadBytes
    expect(welcomeFits(listed(fitting))).to.equal(true)
    expect(welcomeFits(listed(fitting + 1))).to.equal(false)
  })

  it('names what is wrong and never throws', () => {
    expect(decodeControl(Buffer.from('a1', 'hex'))).to.deep.equal({ malformed: 'notCbor' })
    expect(decodeControl(encode({ kind: 'digests' }))).to.deep.equal({ malformed: 'outOfBounds' })
    const trailing = Buffer.concat([encodeControl({ kind: 'ping' }), Buffer.alloc(1)])
    expect(decodeControl(trailing)).to.deep.equal({ malformed: 'notCbor' })
    const longInteger = Buffer.from('a2646b696e6468647261696e696e676873657373696f6e731802', 'hex')
    expect(decodeControl(longInteger)).to.deep.equal({ malformed: 'notCbor' })
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        for (const decode of [decodeHello, decodeWelcome, decodeControl, decodeManifest]) {
          expect(decode(bytes)).to.satisfy((it: object) => 'value' in it || 'malformed' in it)
        }
      }),
    )
  })
})

describe('status', () => {
  const idle: Status = {
    kind: 'status',
    packets: [],
    delayMs: 0,
    opened: [],
    windowRecords: 0,
    rejected: [],
    missing: [],
    storing: false,
  }
  const packed = [0, 0, false, [], [], [], []]
  const read = (fields: Record<number, unknown>) =>
    decodeControl(encode(packed.map((field, i) => (i in fields ? fields[i] : field))))
  const outOfBounds = { malformed: 'outOfBounds' }

  it('drops the oldest packet ranges when it would not fit', () => {
    const worst: Status = {
      kind: 'status',
      packets: Array.from({ length: 256 }, (_, i) => 2 ** 40 + i * 2 ** 33),
      delayMs: 4_000_000,
      opened: Array.from({ length: 128 }, (_, i) => i * 2 ** 24 + 2 ** 18),
      windowRecords: RECORDS_MAX,
      rejected: Array.from({ length: 16 }, () => RECORDS_MAX - 1),
      missing: Array.from({ length: 48 }, () => RECORDS_MAX - 1),
      storing: true,
    }
    const bytes = encodeControl(worst)
    expect(bytes.length).to.be.within(CONTROL_CBOR_MAX - 24, CONTROL_CBOR_MAX)
    const decoded = decodeControl(bytes)
    if (!('value' in decoded) || decoded.value.kind !== 'status') throw new Error('no status')
    const { packets, ...rest } = decoded.value
    expect(packets).to.have.length.within(2, 254)
    expect(packets).to.deep.equal(worst.packets.slice(-packets.length))
    expect({ packets: worst.packets, ...rest }).to.deep.equal(worst)
  })

  it('keeps the newest packets, the lowest of all else, of too many', () => {
    const many = Array.from({ length: 400 }, (_, i) => 2 * i)
    const decoded = decodeControl(encodeControl({ ...idle, packets: many, opened: many }))
    expect(decoded).to.deep.equal({
      value: { ...idle, packets: many.slice(-320), opened: many.slice(0, 128) },
    })
    const records = Array.from({ length: 60 }, (_, i) => i)
    const told = encodeControl({ ...idle, rejected: records, missing: records })
    expect(decodeControl(told)).to.deep.equal({
      value: { ...idle, rejected: records.slice(0, 16), missing: records.slice(0, 48) },
    })
  })

  it('never exceeds a datagram of the least size', () => {
    fc.assert(
      fc.property(rangesOf(NUMBER_MAX, 200), statusOf, (packets, status) => {
        expect(encodeControl({ ...status, packets }).length).to.be.at.most(CONTROL_CBOR_MAX)
      }),
    )
  })

  it('clamps the delay to what it can say', () => {
    const delayed = (delayMs: number) => decodeControl(encodeControl({ ...idle, delayMs }))
    expect(delayed(1e12)).to.deep.equal({ value: { ...idle, delayMs: (2 ** 32 - 1) / 1_000 } })
    expect(delayed(-3)).to.deep.equal({ value: idle })
  })

  it('is checked field by field, both sides of every limit', () => {
    const ones = (length: number) => Array.from({ length }, () => 1)
    const accepted: Record<number, unknown>[] = [
      {},
      { 0: 2 ** 32 - 1 },
      { 1: RECORDS_MAX },
      { 3: ones(128) },
      { 3: [RECORDS_MAX - 1, 0] },
      { 4: ones(16) },
      { 4: [RECORDS_MAX - 1] },
      { 5: ones(48) },
      { 5: [RECORDS_MAX - 1, 2 ** 32 - 1, 2 ** 32 - 1] },
      { 6: [1_000, ...ones(319)] },
      { 6: [NUMBER_MAX, NUMBER_MAX] },
    ]
    const refused: Record<number, unknown>[] = [
      { 0: 2 ** 32 },
      { 0: -1 },
      { 0: 0.5 },
      { 1: RECORDS_MAX + 1 },
      { 2: 1 },
      { 3: ones(130) },
      { 3: [1] },
      { 3: [0, 1, 0, 1] },
      { 3: [RECORDS_MAX - 1, 1] },
      { 3: ['0', 1] },
      { 4: ones(17) },
      { 4: [RECORDS_MAX] },
      { 4: null },
      { 5: ones(51) },
      { 5: [1, 1] },
      { 5: [1, 2 ** 32, 1] },
      { 5: [1, 1, -1] },
      { 5: null },
      { 6: [1_000, ...ones(321)] },
      { 6: [3, 1, 0, 1] },
      { 6: [3, 4] },
      { 6: [NUMBER_MAX + 1, 0] },
      { 6: null },
    ]
    for (const fields of accepted) {
      expect(read(fields), JSON.stringify(fields)).to.have.property('value')
    }
    for (const fields of refused) {
      expect(read(fields), JSON.stringify(fields)).to.deep.equal(outOfBounds)
    }
    expect(decodeControl(encode(packed.slice(1)))).to.deep.equal(outOfBounds)
    expect(decodeControl(encode([...packed, 0]))).to.deep.equal(outOfBounds)
  })
})
