import { expect } from 'chai'
import type { Failure } from '../../../machines/failures.ts'
import { RECORD_BYTES, SEAL_BYTES, WITHDRAWALS_MAX } from '../../../machines/limits.ts'
import { Inbound } from '../../../machines/recovery/inbound.ts'
import { Outbound } from '../../../machines/recovery/outbound.ts'
import { SegmentColumns } from '../../../machines/recovery/segment-columns.ts'
import { burstOf, statusOf } from './rows.ts'

const MANIFEST_BYTES = 50
const WINDOW = 6
const failure: Failure = { kind: 'sourceChanged', path: 'x' }

describe('Inbound, of a batch', () => {
  const inboundOf = () =>
    new Inbound({
      totalBytes: MANIFEST_BYTES,
      isManifest: true,
      windowRecords: WINDOW,
      rttMs: 40,
      atMs: 0,
    })
  let packetNumber = 0
  const take = (inbound: Inbound, record: number, length: number, offset = 0) =>
    inbound.takeData(burstOf([{ packetNumber: packetNumber++, record, offset, length }]), false, 0)
  beforeEach(() => {
    packetNumber = 0
  })

  it('grants the manifest alone until it is read, then a window from there', () => {
    const inbound = inboundOf()
    expect(inbound.status(false, 0).windowRecords).to.equal(1)
    take(inbound, 1, 10)
    expect(inbound.outside).to.equal(1)
    expect(take(inbound, 0, MANIFEST_BYTES + SEAL_BYTES).completed).to.deep.equal([0])
    expect(inbound.takeLookedAt(Array(9).fill(10), [], true)).to.include({ statusDue: true })
    expect(inbound.status(false, 0).windowRecords).to.equal(WINDOW)
    inbound.takeStored([0], 0)
    expect(inbound.status(false, 0).windowRecords).to.equal(1 + WINDOW)
    expect(take(inbound, 1, 10 + SEAL_BYTES).completed).to.deep.equal([1])
    take(inbound, 2, 10 + SEAL_BYTES + 1)
    expect(inbound.outside, 'beyond its record').to.equal(2)
  })

  it('grants what was looked at, and is not complete before all was', () => {
    const inbound = inboundOf()
    take(inbound, 0, MANIFEST_BYTES + SEAL_BYTES)
    inbound.takeStored([0], 0)
    expect(inbound.takeLookedAt([10], [1, 1], false)).to.include({ complete: false })
    expect(inbound.status(false, 0).windowRecords).to.equal(2)
    take(inbound, 2, 10)
    expect(inbound.outside).to.equal(1)
    expect(inbound.takeLookedAt([10], [], true)).to.include({ statusDue: true, complete: false })
    expect(inbound.status(false, 0).windowRecords).to.equal(3)
    take(inbound, 2, 10 + SEAL_BYTES)
    expect(inbound.takeStored([2], 0).complete).to.equal(true)
  })

  it('is not complete with its manifest, but with its last record', () => {
    const inbound = inboundOf()
    take(inbound, 0, MANIFEST_BYTES + SEAL_BYTES)
    expect(inbound.takeStored([0], 0).complete).to.equal(false)
    expect(inbound.takeLookedAt([10], [], true).complete).to.equal(false)
    take(inbound, 1, 10 + SEAL_BYTES)
    expect(inbound.takeStored([1], 0).complete).to.equal(true)
  })

  it('is complete at once when nothing of it need come', () => {
    const inbound = inboundOf()
    take(inbound, 0, MANIFEST_BYTES + SEAL_BYTES)
    inbound.takeStored([0], 0)
    expect(inbound.takeLookedAt([10, RECORD_BYTES + 1], [1, 3], true).complete).to.equal(true)
    expect(inboundOf().takeLookedAt([], [], true).complete, 'its manifest is not stored').to.equal(
      false,
    )
  })

  it('forgets what came of records that are spared', () => {
    const inbound = inboundOf()
    inbound.takeLookedAt([RECORD_BYTES, 10, 10], [], true)
    take(inbound, 1, 100)
    take(inbound, 2, 10 + SEAL_BYTES)
    inbound.takeRejected([2])
    expect(inbound.status(false, 0).rejected).to.deep.equal([2])
    expect(inbound.takeSpared([1, 2])).to.include({ statusDue: true })
    const { opened, rejected } = inbound.status(false, 0)
    expect([opened, rejected]).to.deep.equal([[1, 2], []])
    const { duplicates } = inbound
    take(inbound, 1, 100, 100)
    expect(inbound.duplicates).to.equal(duplicates + 1)
    inbound.takeRejected([2])
    expect(inbound.status(false, 0).rejected, 'opened in vain meanwhile').to.deep.equal([])
  })
})

describe('Outbound, of a batch', () => {
  const outboundOf = (entries: readonly number[]) =>
    new Outbound(
      {
        totalBytes: MANIFEST_BYTES,
        entries,
        datagramBytes: 1_200,
        peer: { windowRecords: 512, socketBufferBytes: 1_000_000 },
        rttMs: 100,
        atMs: 0,
      },
      {
        rateBytesPerS: 1e9,
        inFlightBytesMax: Infinity,
        drainedBytes: 0,
        queuedRttMs: Infinity,
        lossShareMax: 1,
        noticedRttMs: Infinity,
        found: null,
      },
    )
  const recordsSent = (outbound: Outbound) => {
    const columns = new SegmentColumns(64)
    const count = outbound.fill(columns, 64, Infinity, 0)
    return [...new Set(columns.records.slice(0, count))]
  }
  let number = 0
  const told = (outbound: Outbound, opened: readonly number[]) =>
    outbound.takeStatus(statusOf(number++, { opened, windowRecords: 100 }), 100)

  it('sends nothing beyond the manifest until a status opens the window', () => {
    const outbound = outboundOf([10, 10])
    expect(outbound.takePause().wanted).to.deep.equal({ first: 0, count: 1 })
    outbound.takeSealed(0, 1)
    expect(recordsSent(outbound)).to.deep.equal([0])
    expect(outbound.takePause()).to.include({ limit: 'receiver', wanted: null })
    expect(told(outbound, []).wanted).to.deep.equal({ first: 1, count: 2 })
  })

  it('sends no record of an entry that was withdrawn, and ends once the receiver knows', () => {
    const outbound = outboundOf([10, RECORD_BYTES + 1, 10])
    outbound.takeSealed(0, 1)
    recordsSent(outbound)
    told(outbound, [0, 0])
    outbound.takeWithdrawal({ entry: 1, failure })
    outbound.takeSealed(1, 4)
    expect(recordsSent(outbound)).to.deep.equal([1, 4])
    expect(told(outbound, [0, 1, 4, 4]).finished).to.equal(false)
    expect(outbound.withdrawals.lowest).to.deep.equal([{ entry: 1, failure }])
    expect(outbound.deadline()).to.include({ timer: 'probe' })
    expect(told(outbound, [0, 2, 4, 4]).finished, 'half of it is known').to.equal(false)
    expect(told(outbound, [0, 4]).finished).to.equal(true)
    expect(outbound.withdrawals.isEmpty).to.equal(true)
  })

  it('says so of the lowest entries first, so many at once', () => {
    const outbound = outboundOf(Array(2 * WITHDRAWALS_MAX).fill(10))
    for (let entry = 0; entry < 2 * WITHDRAWALS_MAX; entry += 1) {
      outbound.takeWithdrawal({ entry, failure })
    }
    const lowest = () => outbound.withdrawals.lowest.map(({ entry }) => entry)
    expect(lowest()).to.deep.equal(Array.from({ length: WITHDRAWALS_MAX }, (_, entry) => entry))
    told(outbound, [0, WITHDRAWALS_MAX])
    expect(lowest()[0]).to.equal(WITHDRAWALS_MAX)
    expect(lowest()).to.have.length(WITHDRAWALS_MAX)
  })
})
