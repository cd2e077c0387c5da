import { expect } from 'chai'
import {
  DATA_HEADER_BYTES,
  PROOF_REPEAT_MS,
  READ_AHEAD_RECORDS,
  RECORD_BYTES,
  SEAL_BYTES,
  WINDOW_RECORDS,
} from '../../../machines/limits.ts'
import { Outbound } from '../../../machines/recovery/outbound.ts'
import type { OutboundInput } from '../../../machines/recovery/outbound-input.ts'
import type { Pace } from '../../../machines/recovery/pace.ts'
import { SegmentColumns } from '../../../machines/recovery/segment-columns.ts'
import { PEER_DELAY_MS_MIN } from '../../../machines/recovery/status-delay.ts'
import { type Row, statusOf } from './rows.ts'

const RTT_MS = 100
const DATAGRAM = 1_200
const SLICE = DATAGRAM - DATA_HEADER_BYTES
const FULL = RECORD_BYTES + SEAL_BYTES
const ROWS = 64
const OPEN: Pace = {
  rateBytesPerS: 1e9,
  inFlightBytesMax: Infinity,
  drainedBytes: 0,
  queuedRttMs: Infinity,
  lossShareMax: 1,
  noticedRttMs: Infinity,
  found: null,
}

function outboundOf(totalBytes: number, fields: Partial<OutboundInput> = {}, pace = OPEN) {
  const peer = { windowRecords: WINDOW_RECORDS, socketBufferBytes: 1_000_000 }
  const input = { totalBytes, datagramBytes: DATAGRAM, peer, rttMs: RTT_MS, atMs: 0, ...fields }
  return new Outbound(input, pace)
}

/** Everything sealed that the sender ever wants, at once. */
function sealed(totalBytes: number, fields: Partial<OutboundInput> = {}, pace = OPEN): Outbound {
  const outbound = outboundOf(totalBytes, fields, pace)
  const wanted = outbound.takePause().wanted
  if (wanted !== null) outbound.takeSealed(wanted.first, wanted.count)
  return outbound
}

function fill(outbound: Outbound, atMs = 0, rowsMax = ROWS, budgetBytes = Infinity): Row[] {
  const columns = new SegmentColumns(ROWS)
  const count = outbound.fill(columns, rowsMax, budgetBytes, atMs)
  return Array.from({ length: count }, (_, i) => ({
    packetNumber: columns.packetNumbers[i]!,
    record: columns.records[i]!,
    offset: columns.offsets[i]!,
    length: columns.lengths[i]!,
  }))
}

/** Fills until nothing more may leave. */
function fillAll(outbound: Outbound, atMs = 0): Row[] {
  const all: Row[] = []
  for (;;) {
    const rows = fill(outbound, atMs)
    if (rows.length === 0) return all
    all.push(...rows)
  }
}

function slices(rows: readonly Row[]): number[][] {
  return rows.map(({ record, offset, length }) => [record, offset, length])
}

describe('Outbound', () => {
  it('fills what one send can be cut into: one size, the last shorter', () => {
    const slice = DATAGRAM - DATA_HEADER_BYTES
    const outbound = sealed(2 * RECORD_BYTES)
    const count = Math.ceil((RECORD_BYTES + SEAL_BYTES) / slice)
    for (const record of [0, 1]) {
      const lengths = fill(outbound).map(({ length }) => length)
      expect(lengths).to.have.length(count)
      expect(lengths.slice(0, -1).every((length) => length === slice)).to.equal(true)
      expect(lengths.at(-1), `record ${record}`).to.be.below(slice)
    }
    expect(fill(outbound)).to.deep.equal([])
  })

  it('fills no longer datagram behind a shorter one', () => {
    const outbound = sealed(2 * RECORD_BYTES)
    outbound.takeSizeProbe(DATAGRAM + 200)
    fill(outbound, 0, 2)
    const packets = [0, 0]
    const status = { kind: 'status', number: 0, packets, delayMs: 0, opened: [] } as const
    outbound.takeStatus(
      { ...status, windowRecords: WINDOW_RECORDS, rejected: [], missing: [], storing: false },
      RTT_MS,
    )
    const sizes = [fill(outbound), fill(outbound)].map((rows) => rows[0]!.length)
    expect(sizes).to.deep.equal([DATAGRAM + 200 - DATA_HEADER_BYTES, DATAGRAM - DATA_HEADER_BYTES])
  })

  it('has finished before it began when there is nothing to send', () => {
    const outbound = outboundOf(0)
    expect(outbound.takePause()).to.deep.equal({
      limit: 'drained',
      finished: true,
      probing: false,
      wanted: null,
      round: null,
      digests: [],
      crossing: null,
      grownBytesPerS: null,
      filledBytesPerS: null,
      size: null,
    })
    expect(outbound.deadline()).to.equal(null)
    expect(outbound.doneBytes).to.equal(0)
    expect(fill(outbound)).to.deep.equal([])
  })

  it('sends each byte of every sealed record once, in order, under numbers that count up', () => {
    const total = 2 * RECORD_BYTES + 100
    const rows = fillAll(sealed(total))
    expect(rows.map(({ packetNumber }) => packetNumber)).to.deep.equal([...rows.keys()])
    let record = 0
    let offset = 0
    for (const row of rows) {
      expect(row).to.include({ record, offset })
      offset += row.length
      const size = record < 2 ? FULL : 100 + SEAL_BYTES
      expect(row.length).to.equal(Math.min(SLICE, size - row.offset))
      if (offset === size) {
        record += 1
        offset = 0
      }
    }
    expect([record, offset]).to.deep.equal([3, 0])
  })

  it('sends no more rows and bytes than it may', () => {
    const outbound = sealed(RECORD_BYTES)
    expect(fill(outbound, 0, 3)).to.have.length(3)
    expect(fill(outbound, 0, ROWS, 2 * DATAGRAM - 1)).to.have.length(1)
    expect(fill(outbound, 0, ROWS, 2 * DATAGRAM)).to.have.length(2)
    expect(fill(outbound, 0, ROWS, -1)).to.have.length(0)
    expect(outbound.nextDatagramBytes).to.equal(DATAGRAM)
  })

  describe('is held up', () => {
    it('by the disk until records are sealed', () => {
      const outbound = outboundOf(3 * RECORD_BYTES)
      expect(outbound.takePause()).to.deep.include({
        limit: 'disk',
        wanted: { first: 0, count: 3 },
      })
      expect(fill(outbound)).to.deep.equal([])
      expect(outbound.nextDatagramBytes).to.equal(0)
      expect(outbound.deadline(), 'the disk answers by itself').to.equal(null)
      expect(outbound.takeSealed(0, 1).limit).to.equal('pacing')
      expect(fillAll(outbound).every(({ record }) => record === 0)).to.equal(true)
      expect(outbound.takePause().limit).to.equal('disk')
      expect(outbound.deadline()?.timer, 'with bytes under way').to.equal('probe')
    })

    it('by the congestion window', () => {
      const pace = { ...OPEN, inFlightBytesMax: 3 * DATAGRAM }
      const outbound = sealed(RECORD_BYTES, {}, pace)
      expect(fill(outbound)).to.have.length(3)
      expect(outbound.takePause().limit).to.equal('congestion')
      expect(outbound.nextDatagramBytes).to.equal(0)
      outbound.takeStatus(statusOf(0, { packets: [0, 0] }), RTT_MS)
      expect(outbound.nextDatagramBytes).to.equal(DATAGRAM)
      expect(fill(outbound, RTT_MS)).to.have.length(1)
      expect(outbound.takePace({ ...pace, inFlightBytesMax: 5 * DATAGRAM }).limit).to.equal(
        'pacing',
      )
      expect(fill(outbound, RTT_MS)).to.have.length(2)
    })

    it('by no window, when a datagram is larger than it and nothing is under way', () => {
      const outbound = sealed(
        RECORD_BYTES,
        { datagramBytes: 65_507 },
        {
          ...OPEN,
          inFlightBytesMax: 9_600,
        },
      )
      expect(outbound.nextDatagramBytes).to.equal(FULL + DATA_HEADER_BYTES)
      expect(fill(outbound)).to.have.length(1)
    })

    it('by the window of the receiver, until that opens and for good', () => {
      const peer = { windowRecords: 1, socketBufferBytes: 1 }
      const outbound = sealed(3 * RECORD_BYTES, { peer })
      const first = fillAll(outbound)
      expect(first.at(-1)).to.include({ record: 0, offset: FULL - first.at(-1)!.length })
      expect(outbound.takePause()).to.include({ limit: 'receiver', wanted: null })
      const opened = outbound.takeStatus(statusOf(0, { windowRecords: 2 }), 1)
      expect(opened).to.deep.include({ limit: 'disk', wanted: { first: 1, count: 1 } })
      outbound.takeStatus(statusOf(1, { windowRecords: 0 }), 2)
      outbound.takeSealed(1, 1)
      expect(fillAll(outbound).every(({ record }) => record === 1)).to.equal(true)
      expect(outbound.takePause().limit).to.equal('receiver')
    })

    it('by its own window, however large a one the peer grants', () => {
      const outbound = outboundOf(10_000 * RECORD_BYTES)
      let sealedRecords = 0
      let verdict = outbound.takeStatus(statusOf(0, { windowRecords: 2 ** 32 }), 0)
      let number = 1
      while (verdict.limit !== 'receiver' && number < 1_000) {
        if (verdict.wanted !== null) {
          sealedRecords += verdict.wanted.count
          outbound.takeSealed(verdict.wanted.first, verdict.wanted.count)
        }
        fillAll(outbound, number)
        const packets = [0, outbound.inFlight.sentPackets - 1]
        verdict = outbound.takeStatus(statusOf(number, { packets }), number)
        number += 1
      }
      expect(sealedRecords).to.equal(WINDOW_RECORDS)
      const next = outbound.takeStatus(statusOf(number, { opened: [0, 0] }), number)
      expect(next.wanted).to.deep.equal({ first: WINDOW_RECORDS, count: 1 })
    })

    it('by nothing but the answer once all is sent', () => {
      const outbound = sealed(100)
      fillAll(outbound)
      expect(outbound.takePause()).to.include({ limit: 'drained', finished: false })
      const packets = [0, 0]
      expect(outbound.takeStatus(statusOf(0, { packets }), RTT_MS).finished).to.equal(false)
      expect(outbound.deadline()?.timer, 'acknowledged is not opened').to.equal('probe')
      const verdict = outbound.takeStatus(statusOf(1, { packets, opened: [0, 0] }), RTT_MS)
      expect(verdict.finished).to.equal(true)
      expect(outbound.deadline()).to.equal(null)
      expect(outbound.doneBytes).to.equal(100)
    })
  })

  it('reads ahead as it sends', () => {
    const outbound = sealed(100 * RECORD_BYTES)
    while (outbound.takePause().wanted === null) fill(outbound)
    const sentRecords = Math.floor(outbound.inFlight.sentPackets / Math.ceil(FULL / SLICE))
    expect(sentRecords).to.be.within(READ_AHEAD_RECORDS / 2 - 1, READ_AHEAD_RECORDS / 2 + 1)
  })

  it('sends lost slices again, ahead of new ones and as they were', () => {
    const outbound = sealed(RECORD_BYTES)
    const first = fill(outbound, 0, 5)
    outbound.takeStatus(statusOf(0, { packets: [4, 4] }), RTT_MS)
    const again = fill(outbound, RTT_MS, 3)
    expect(slices(again)).to.deep.equal([...slices(first.slice(0, 2)), [0, 5 * SLICE, SLICE]])
    expect(again.map(({ packetNumber }) => packetNumber)).to.deep.equal([5, 6, 7])
  })

  it('sends nothing again of an opened record, though its slices were lost', () => {
    const outbound = sealed(2 * RECORD_BYTES)
    const rows = fillAll(outbound)
    const last = rows.length - 1
    const status = statusOf(0, { packets: [last, last], opened: [0, 0] })
    outbound.takeStatus(status, RTT_MS)
    const again = fillAll(outbound, RTT_MS)
    expect(again.length).to.be.above(0)
    expect(again.every(({ record }) => record === 1)).to.equal(true)
    outbound.takeStatus(statusOf(1, { opened: [0, 1] }), 2 * RTT_MS)
    expect(fillAll(outbound, 2 * RTT_MS)).to.deep.equal([])
  })

  it('sends nothing at all of a record opened before its turn, nor the rest of one under way', () => {
    const outbound = sealed(3 * RECORD_BYTES)
    fill(outbound, 0, 2)
    outbound.takeStatus(statusOf(0, { opened: [0, 1] }), 1)
    expect(fill(outbound, 1, 1)[0]).to.include({ record: 2, offset: 0 })
  })

  it('ignores a status that it had, or that is older than one it had', () => {
    const outbound = sealed(RECORD_BYTES)
    fill(outbound, 0, 10)
    outbound.takeStatus(statusOf(5, { packets: [0, 0] }), RTT_MS)
    for (const number of [5, 4, 0]) {
      const stale = statusOf(number, { packets: [0, 9], opened: [0, 0], rejected: [0] })
      expect(outbound.takeStatus(stale, RTT_MS).finished).to.equal(false)
    }
    expect(outbound.inFlight.deliveredBytes).to.equal(DATAGRAM)
    expect(outbound.takeStatus(statusOf(6, { opened: [0, 0] }), RTT_MS).finished).to.equal(true)
  })

  it('takes no more as opened than there is', () => {
    const outbound = sealed(2 * RECORD_BYTES)
    const beyond = statusOf(0, { opened: [2, 2 ** 32 - 1] })
    expect(outbound.takeStatus(beyond, 1).finished).to.equal(false)
    expect(outbound.doneBytes).to.equal(0)
    expect(outbound.takeStatus(statusOf(1, { opened: [1, 2 ** 32 - 1] }), 1).finished).to.equal(
      false,
    )
    expect(outbound.doneBytes).to.equal(RECORD_BYTES)
    expect(outbound.takeStatus(statusOf(2, { opened: [0, 1] }), 1).finished).to.equal(true)
    expect(outbound.doneBytes).to.equal(2 * RECORD_BYTES)
  })

  describe('a rejected record', () => {
    const rejected = (number: number, atMs: number, outbound: Outbound, records = [0]) =>
      outbound.takeStatus(statusOf(number, { rejected: records }), atMs).digests

    it('has its digests sent at once, and again each probe timeout', () => {
      const outbound = sealed(2 * RECORD_BYTES)
      fillAll(outbound)
      expect(rejected(0, 10, outbound)).to.deep.equal([0])
      // The first sign of life, 10 ms after the start, bounds the round trip.
      const againMs = 10 + 10 + 2 * 10 + PEER_DELAY_MS_MIN
      expect(rejected(1, againMs - 1, outbound)).to.deep.equal([])
      expect(rejected(2, againMs, outbound)).to.deep.equal([0])
      expect(rejected(3, againMs + 1, outbound)).to.deep.equal([])
      expect(fillAll(outbound, 2), 'and nothing of it itself').to.deep.equal([])
    })

    it('is followed by all its blocks, once, when it is the only one', () => {
      const outbound = sealed(3_000)
      fillAll(outbound)
      rejected(0, 10, outbound)
      const offsets = fillAll(outbound, 11).map(({ offset }) => offset)
      expect(offsets).to.deep.equal([0, 1024, 2048])
      rejected(1, 500, outbound)
      expect(fillAll(outbound, 501)).to.deep.equal([])
    })

    it('has none sent when it was opened, not sent whole, or does not exist', () => {
      const outbound = sealed(3 * RECORD_BYTES)
      fill(outbound, 0, 60)
      outbound.takeStatus(statusOf(0, { opened: [0, 0] }), 1)
      expect(rejected(1, 1, outbound, [0, 1, 2, 3, 2 ** 32 - 1])).to.deep.equal([])
      fillAll(outbound, 1)
      expect(rejected(2, 2, outbound, [0, 1, 2, 3])).to.deep.equal([1, 2])
    })

    it('has its missing blocks sent once, each as a slice of its own', () => {
      const outbound = sealed(2 * RECORD_BYTES)
      fillAll(outbound)
      const missing = [0, 2 ** 31 + 6, 2 ** 28, 1, 1, 0, 2, 1, 0]
      expect(rejected(0, 1, outbound)).to.deep.equal([0])
      outbound.takeStatus(statusOf(1, { missing }), 2)
      expect(slices(fillAll(outbound, 2)), 'of record 0 alone').to.deep.equal([
        [0, 1_024, 1_024],
        [0, 2_048, 1_024],
        [0, 31 * 1_024, 1_024],
        [0, 60 * 1_024, SEAL_BYTES],
      ])
      outbound.takeStatus(statusOf(2, { missing }), 3)
      expect(fillAll(outbound, 3), 'loss detection does the rest').to.deep.equal([])
    })

    it('has no slice sent again that was under way before: it would be dropped', () => {
      const outbound = sealed(2 * RECORD_BYTES)
      const rows = fillAll(outbound)
      const second = rows.findIndex(({ record }) => record === 1)
      expect(rejected(0, 1, outbound)).to.deep.equal([0])
      const packets = [second, rows.length - 1] as const
      outbound.takeStatus(statusOf(1, { packets, opened: [1, 1], missing: [0, 2, 0] }), 2)
      const block = [[0, 1_024, 1_024]]
      expect(slices(fillAll(outbound, 2))).to.deep.equal(block)
      outbound.takeTimeout('probe', 2_000)
      expect(slices(fillAll(outbound, 2_000))).to.deep.equal(block)
    })
  })

  it('sends missing blocks again when all was acknowledged, and not before', () => {
    const outbound = sealed(RECORD_BYTES)
    const last = fillAll(outbound).length - 1
    const missing = [0, 2, 0]
    outbound.takeStatus(statusOf(0, { packets: [0, last - 1], missing }), RTT_MS)
    expect(fillAll(outbound, RTT_MS)).to.deep.equal([])
    outbound.takeStatus(statusOf(1, { packets: [0, last], missing }), RTT_MS)
    expect(slices(fillAll(outbound, RTT_MS))).to.deep.equal([[0, 1_024, 1_024]])
    outbound.takeStatus(statusOf(2, { packets: [0, last], missing }), RTT_MS)
    expect(fillAll(outbound, RTT_MS), 'it is under way').to.deep.equal([])
  })

  it('sends missing blocks though packets are under way that nobody needs any longer', () => {
    const outbound = sealed(2 * RECORD_BYTES)
    const rows = fillAll(outbound)
    const before = rows.filter(({ record }) => record === 0).length
    const fields = { packets: [0, before - 1], opened: [1, 1], missing: [0, 2, 0] }
    outbound.takeStatus(statusOf(1, fields), RTT_MS)
    expect(fillAll(outbound, RTT_MS), 'they may still arrive').to.deep.equal([])
    outbound.takeTimeout('probe', 10 * RTT_MS)
    outbound.takeStatus(statusOf(2, fields), 10 * RTT_MS)
    expect(slices(fillAll(outbound, 10 * RTT_MS))).to.deep.equal([[0, 1_024, 1_024]])
  })

  describe('timers', () => {
    const PROBE_MS = RTT_MS + 2 * RTT_MS + PEER_DELAY_MS_MIN

    it('wait a probe timeout from the last datagram, then again, from the seventh on twice that, up to a second', () => {
      const outbound = sealed(RECORD_BYTES)
      fill(outbound, 10, 1)
      let atMs = 10
      const undoubled = new Array<number>(7).fill(PROBE_MS)
      for (const waitMs of [...undoubled, 2 * PROBE_MS, 1_000, 1_000]) {
        expect(outbound.deadline()).to.deep.equal({ timer: 'probe', atMs: atMs + waitMs })
        atMs += waitMs
        expect(outbound.takeTimeout('probe', atMs).probing).to.equal(true)
      }
    })

    it('ask a peer that is yet to believe the address every 100 ms, and send nothing again', () => {
      const outbound = sealed(RECORD_BYTES, { provesAddress: true })
      fill(outbound, 10, 1)
      for (let atMs = PROOF_REPEAT_MS; atMs < 2_000; atMs += PROOF_REPEAT_MS) {
        expect(outbound.deadline()).to.deep.equal({ timer: 'probe', atMs })
        expect(outbound.takeTimeout('probe', atMs).probing).to.equal(false)
        expect(fill(outbound, atMs, ROWS).map(({ offset }) => offset)).to.not.include(0)
      }
      outbound.takeSignOfLife(2_000)
      expect(outbound.deadline()?.atMs).to.equal(PROOF_REPEAT_MS + PROBE_MS)
      expect(outbound.takeTimeout('probe', 2_500).probing).to.equal(true)
    })

    it('begin anew with an answer', () => {
      const outbound = sealed(RECORD_BYTES)
      fill(outbound, 0, 2)
      outbound.takeTimeout('probe', PROBE_MS)
      const verdict = outbound.takeStatus(statusOf(0, { packets: [0, 0] }), RTT_MS + 400)
      expect(verdict.probing).to.equal(false)
      expect(outbound.deadline()!.atMs).to.be.above(RTT_MS + 400 + RTT_MS)
    })

    it('are not put off by statuses that say nothing new while bytes are under way', () => {
      const outbound = sealed(100)
      fillAll(outbound)
      const due = outbound.deadline()
      for (let number = 0; number < 10; number += 1) {
        outbound.takeStatus(statusOf(number), RTT_MS + 20 * number)
        outbound.takeSignOfLife(RTT_MS + 20 * number + 1)
      }
      expect(outbound.deadline()).to.deep.equal(due)
    })

    it('are put off by any word of the peer when nothing is under way', () => {
      const peer = { windowRecords: 1, socketBufferBytes: 1 }
      const outbound = sealed(2 * RECORD_BYTES, { peer, rttMs: RTT_MS })
      const rows = fillAll(outbound)
      outbound.takeStatus(statusOf(0, { packets: [0, rows.length - 1] }), RTT_MS)
      const dueMs = outbound.deadline()!.atMs
      expect(outbound.takePause().limit).to.equal('receiver')
      outbound.takeSignOfLife(RTT_MS + 50)
      expect(outbound.deadline()).to.deep.equal({ timer: 'probe', atMs: dueMs + 50 })
    })

    it('name the loss of the next packet first', () => {
      const outbound = sealed(RECORD_BYTES)
      fill(outbound, 0, 3)
      outbound.takeStatus(statusOf(0, { packets: [2, 2] }), RTT_MS)
      expect(outbound.deadline()).to.deep.equal({ timer: 'loss', atMs: 1.125 * RTT_MS })
      outbound.takeTimeout('loss', 1.125 * RTT_MS)
      expect(outbound.inFlight.lostPackets).to.equal(2)
      expect(outbound.deadline()?.timer).to.equal('probe')
    })
  })

  describe('a probe', () => {
    it('sends the two oldest slices under way again, beyond a full congestion window', () => {
      const outbound = sealed(RECORD_BYTES, {}, { ...OPEN, inFlightBytesMax: 4 * DATAGRAM })
      const rows = fillAll(outbound)
      expect(rows).to.have.length(4)
      outbound.takeTimeout('probe', 500)
      expect(outbound.nextDatagramBytes).to.equal(DATAGRAM)
      expect(slices(fillAll(outbound, 500))).to.deep.equal(slices(rows.slice(0, 2)))
      expect(outbound.nextDatagramBytes).to.equal(0)
    })

    it('sends what is still needed, not what was opened meanwhile', () => {
      const outbound = sealed(2 * RECORD_BYTES)
      const rows = fillAll(outbound)
      outbound.takeStatus(statusOf(0, { opened: [0, 0] }), RTT_MS)
      outbound.takeTimeout('probe', 500)
      const needed = rows.filter(({ record }) => record === 1)
      expect(slices(fillAll(outbound, 500))).to.deep.equal(slices(needed.slice(0, 2)))
    })

    it('sends what waits to be sent again, if anything does', () => {
      const outbound = sealed(RECORD_BYTES, {}, { ...OPEN, inFlightBytesMax: 8 * DATAGRAM })
      fillAll(outbound)
      outbound.takeStatus(statusOf(0, { packets: [6, 6] }), RTT_MS)
      outbound.takePace({ ...OPEN, inFlightBytesMax: DATAGRAM })
      expect(fillAll(outbound, RTT_MS)).to.deep.equal([])
      outbound.takeTimeout('probe', 900)
      expect(slices(fillAll(outbound, 900))).to.deep.equal([
        [0, 0, SLICE],
        [0, SLICE, SLICE],
      ])
    })

    it('leaves no licence behind when nothing is under way', () => {
      const outbound = sealed(2 * RECORD_BYTES, {
        peer: { windowRecords: 1, socketBufferBytes: 1 },
      })
      const rows = fillAll(outbound)
      outbound.takeStatus(statusOf(0, { packets: [0, rows.length - 1] }), RTT_MS)
      outbound.takeTimeout('probe', 900)
      expect(fillAll(outbound, 900)).to.deep.equal([])
      outbound.takePace({ ...OPEN, inFlightBytesMax: DATAGRAM })
      outbound.takeStatus(statusOf(1, { windowRecords: 2 }), 901)
      outbound.takeSealed(1, 1)
      expect(fillAll(outbound, 901)).to.have.length(1)
    })
  })

  it('tells once when bytes in flight have drained to what is awaited', () => {
    const outbound = sealed(RECORD_BYTES)
    fill(outbound, 0, 4)
    const pace = { ...OPEN, drainedBytes: 2 * DATAGRAM }
    expect(outbound.takePace(pace).crossing).to.equal(null)
    const drained = (number: number, last: number) =>
      outbound.takeStatus(statusOf(number, { packets: [0, last] }), RTT_MS).crossing
    expect(drained(0, 0)).to.equal(null)
    expect(drained(1, 1)).to.equal('drained')
    expect(drained(2, 2)).to.equal(null)
    expect(outbound.takePace(pace).crossing).to.equal('drained')
  })

  it('tells of the round that a status ends, and whether there was enough to send in it', () => {
    const outbound = sealed(RECORD_BYTES)
    fill(outbound, 0, 4)
    const first = outbound.takeStatus(statusOf(0, { packets: [0, 3] }), RTT_MS).round
    expect(first).to.include({ deliveredBytes: 4 * DATAGRAM, rttMs: RTT_MS, lostBytes: 0 })
    expect(first?.appLimited, 'the disk had yet to read').to.equal(true)
    expect(outbound.takePause().round).to.equal(null)
    fill(outbound, RTT_MS, 4)
    const second = outbound.takeStatus(statusOf(1, { packets: [0, 7] }), 2 * RTT_MS).round
    expect(second).to.include({ deliveredBytes: 4 * DATAGRAM, appLimited: false })
  })
})
