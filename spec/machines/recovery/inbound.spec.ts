import { expect } from 'chai'
import {
  RECORD_BYTES,
  SEAL_BYTES,
  STATUS_DELAY_MS_MAX,
  STATUS_OPENED_RANGES_MAX,
  STATUS_PACKET_RANGES_MAX,
  STATUS_REJECTED_MAX,
  STATUS_REPEAT_MS,
  STATUS_REPEAT_MS_MAX,
} from '../../../machines/limits.ts'
import { Inbound } from '../../../machines/recovery/inbound.ts'
import type { ReceiverVerdict } from '../../../machines/recovery/receiver-verdict.ts'
import { burstOf } from './rows.ts'

const FULL = RECORD_BYTES + SEAL_BYTES
const WINDOW = 4
const RTT_MS = 40
const DELAY_MS = RTT_MS / 4

class Bench {
  readonly inbound: Inbound
  #packetNumber = 0

  constructor(totalBytes: number, windowRecords = WINDOW, rttMs = RTT_MS) {
    this.inbound = new Inbound({ totalBytes, windowRecords, rttMs, atMs: 0 })
  }

  /** One slice under the next packet number. */
  take(record: number, offset: number, length: number, atMs = 0): ReceiverVerdict {
    this.#packetNumber += 1
    return this.takeAs(this.#packetNumber - 1, record, offset, length, atMs)
  }

  /** A burst of slices of one byte each, one behind the other, under the next packet numbers. */
  takeRun(count: number, atMs: number): ReceiverVerdict {
    const rows = Array.from({ length: count }, (_, i) => this.#packetNumber + i).map((n) => ({
      packetNumber: n,
      record: 0,
      offset: n,
      length: 1,
    }))
    this.#packetNumber += count
    return this.inbound.takeData(burstOf(rows), false, atMs)
  }

  takeAs(packetNumber: number, record: number, offset: number, length: number, atMs = 0) {
    return this.inbound.takeData(burstOf([{ packetNumber, record, offset, length }]), false, atMs)
  }

  packets(): readonly number[] {
    return this.inbound.status(false, 0).packets
  }
}

/** 1 for each row of a burst of which anything is kept. */
function rowsKept({ kept }: ReceiverVerdict, rows: number): number[] {
  return Array.from({ length: rows }, (_, row) =>
    kept.some((first, i) => i % 4 === 0 && first <= row && row < kept[i + 1]!) ? 1 : 0,
  )
}

describe('Inbound', () => {
  it('is complete from the beginning when there is nothing to receive', () => {
    const { inbound } = new Bench(0)
    expect(inbound.begin()).to.include({ complete: true, statusDue: true })
    expect(inbound.deadline()).to.equal(null)
    expect(inbound.doneBytes).to.equal(0)
  })

  it('begins by granting its window', () => {
    const { inbound } = new Bench(100 * RECORD_BYTES)
    expect(inbound.begin()).to.include({ complete: false, statusDue: true, full: false })
    expect(inbound.status(false, 7)).to.deep.equal({
      kind: 'status',
      packets: [],
      delayMs: 7,
      opened: [],
      windowRecords: WINDOW,
      rejected: [],
      missing: [],
      storing: false,
    })
  })

  it('completes each record with its last slice and the whole with its last record', () => {
    const bench = new Bench(RECORD_BYTES + 100)
    expect(bench.take(0, 0, FULL - 1).completed).to.deep.equal([])
    expect(bench.take(1, 0, 100 + SEAL_BYTES).completed).to.deep.equal([1])
    expect(bench.take(0, FULL - 1, 1).completed).to.deep.equal([0])
    expect(bench.inbound.doneBytes, 'nothing is stored yet').to.equal(0)
    expect(bench.inbound.takeStored([1], 1).complete).to.equal(false)
    expect(bench.inbound.doneBytes).to.equal(100)
    expect(bench.inbound.takeStored([0], 1)).to.include({ complete: true, statusDue: true })
    expect(bench.inbound.doneBytes).to.equal(RECORD_BYTES + 100)
    expect(bench.inbound.deadline()).to.equal(null)
  })

  it('says row by row which slices are to be kept', () => {
    const { inbound } = new Bench(RECORD_BYTES)
    const rows = [
      { packetNumber: 0, record: 0, offset: 0, length: 500 },
      { packetNumber: 0, record: 0, offset: 500, length: 500 },
      { packetNumber: 1, record: 0, offset: 100, length: 100 },
      { packetNumber: 2, record: 0, offset: 400, length: 200 },
      { packetNumber: 3, record: 1, offset: 0, length: 1 },
      { packetNumber: 4, record: 0, offset: 600, length: FULL - 600 },
    ]
    const verdict = inbound.takeData(burstOf(rows), false, 0)
    expect(rowsKept(verdict, rows.length)).to.deep.equal([1, 1, 0, 0, 0, 1])
    expect(verdict.completed).to.deep.equal([0])
    expect(inbound).to.include({ duplicates: 2, outside: 1 })
  })

  it('keeps of each slice only the bytes that are not here yet', () => {
    const { inbound } = new Bench(RECORD_BYTES)
    const rows = [
      { packetNumber: 0, record: 0, offset: 100, length: 50 },
      { packetNumber: 1, record: 0, offset: 90, length: 100 },
      { packetNumber: 2, record: 0, offset: 95, length: 20 },
    ]
    const { kept } = inbound.takeData(burstOf(rows), false, 0)
    expect(kept).to.deep.equal([0, 1, 100, 149, 1, 2, 90, 99, 1, 2, 150, 189])
  })

  it('looks at slices side by side as at one, and counts those that bring nothing', () => {
    const bench = new Bench(RECORD_BYTES)
    bench.takeAs(0, 0, 150, 200)
    const run = [0, 100, 200, 300].map((offset, i) => ({
      packetNumber: 1 + i,
      record: 0,
      offset,
      length: 100,
    }))
    const { kept } = bench.inbound.takeData(burstOf(run), false, 0)
    expect(kept).to.deep.equal([0, 4, 0, 149, 0, 4, 350, 399])
    expect(bench.inbound.duplicates, 'the third').to.equal(1)
    expect(bench.packets()).to.deep.equal([0, 4])
  })

  it('counts a slice with a gap before and one behind once', () => {
    const bench = new Bench(RECORD_BYTES)
    bench.takeAs(0, 0, 40, 20)
    expect(bench.takeAs(1, 0, 0, 100).kept).to.deep.equal([0, 1, 0, 39, 0, 1, 60, 99])
    expect(bench.inbound.duplicates).to.equal(0)
  })

  it('takes the slice whose packet number a forged one bore before it', () => {
    const bench = new Bench(2 * RECORD_BYTES)
    bench.takeAs(0, 1, 500, 100)
    expect(bench.takeAs(0, 0, 0, FULL).completed).to.deep.equal([0])
    expect(bench.packets()).to.deep.equal([0, 0])
  })

  it('reads no rows beyond the count of a burst', () => {
    const { inbound } = new Bench(RECORD_BYTES)
    const burst = {
      ...burstOf([{ packetNumber: 0, record: 0, offset: 0, length: FULL }]),
      count: 0,
    }
    expect(inbound.takeData(burst, false, 0))
      .to.include({ statusDue: false })
      .and.to.deep.include({
        completed: [],
      })
  })

  describe('drops, and does not acknowledge,', () => {
    it('what lies beyond the window', () => {
      const bench = new Bench(100 * RECORD_BYTES)
      expect(rowsKept(bench.take(WINDOW - 1, 0, 10), 1)).to.deep.equal([1])
      expect(rowsKept(bench.take(WINDOW, 0, 10), 1)).to.deep.equal([0])
      expect(rowsKept(bench.take(2 ** 32 - 1, 0, 10), 1)).to.deep.equal([0])
      expect(bench.inbound.outside).to.equal(2)
      expect(bench.packets()).to.deep.equal([0, 0])
    })

    it('and takes it when it comes again within the window', () => {
      const bench = new Bench(100 * RECORD_BYTES)
      bench.takeAs(0, WINDOW, 0, 10)
      bench.takeAs(1, 0, 0, FULL)
      bench.inbound.takeStored([0], 0)
      expect(bench.inbound.status(false, 0).windowRecords).to.equal(WINDOW + 1)
      expect(rowsKept(bench.takeAs(2, WINDOW, 0, 10), 1)).to.deep.equal([1])
    })

    it('what lies beyond the file', () => {
      const bench = new Bench(2 * RECORD_BYTES)
      expect(rowsKept(bench.take(2, 0, 1), 1)).to.deep.equal([0])
      expect(rowsKept(bench.take(1, 0, 1), 1)).to.deep.equal([1])
      expect(bench.packets()).to.deep.equal([1, 1])
    })

    it('what lies beyond its record, the short last one too', () => {
      const bench = new Bench(RECORD_BYTES + 100)
      const last = 100 + SEAL_BYTES
      expect(rowsKept(bench.take(0, FULL - 1, 2), 1)).to.deep.equal([0])
      expect(rowsKept(bench.take(0, FULL - 1, 1), 1)).to.deep.equal([1])
      expect(rowsKept(bench.take(0, 65_535, 65_507), 1)).to.deep.equal([0])
      expect(rowsKept(bench.take(1, 0, last + 1), 1)).to.deep.equal([0])
      expect(rowsKept(bench.take(1, 0, last), 1)).to.deep.equal([1])
      expect(bench.packets()).to.deep.equal([1, 1, 4, 4])
    })

    it('slices of nothing', () => {
      const bench = new Bench(RECORD_BYTES)
      expect(rowsKept(bench.take(0, 0, 0), 1)).to.deep.equal([0])
      expect(bench.packets()).to.deep.equal([])
    })
  })

  it('acknowledges, without keeping it again, what it has', () => {
    const bench = new Bench(2 * RECORD_BYTES)
    bench.take(0, 0, 10)
    expect(rowsKept(bench.take(0, 0, 10), 1), 'bytes twice').to.deep.equal([0])
    bench.take(0, 10, FULL - 10)
    expect(rowsKept(bench.take(0, 0, 10), 1), 'being opened').to.deep.equal([0])
    bench.inbound.takeStored([0], 0)
    expect(rowsKept(bench.take(0, 0, 10), 1), 'stored').to.deep.equal([0])
    expect(bench.inbound.duplicates).to.equal(3)
    expect(bench.packets()).to.deep.equal([0, 4])
  })

  describe('a rejected record', () => {
    const rejectedBench = () => {
      const bench = new Bench(2 * RECORD_BYTES)
      bench.take(0, 0, FULL)
      expect(bench.inbound.takeRejected([0])).to.include({ statusDue: true, atFault: false })
      return bench
    }
    const reported = ({ inbound }: Bench) => {
      const { rejected, missing } = inbound.status(false, 0)
      return { rejected, missing }
    }

    it('is kept, and reported until its digests are there', () => {
      const bench = rejectedBench()
      expect(reported(bench)).to.deep.equal({ rejected: [0], missing: [] })
      expect(bench.take(0, 0, FULL).kept, 'nothing of it is wanted yet').to.deep.equal([])
      expect(bench.inbound.doneBytes).to.equal(0)
      expect(bench.inbound.wantsDigests(0, 8 * 61)).to.equal(true)
      expect(bench.inbound.wantsDigests(0, 8 * 60), 'too few').to.equal(false)
      expect(bench.inbound.wantsDigests(1, 8 * 61), 'not rejected').to.equal(false)
    })

    it('then lacks the blocks that differ, and is complete with them', () => {
      const bench = rejectedBench()
      expect(bench.inbound.takeBlocksRejected(0, [2, 40])).to.include({ statusDue: true })
      expect(reported(bench)).to.deep.equal({ rejected: [], missing: [0, 4, 2 ** 8] })
      expect(bench.inbound.wantsDigests(0, 8 * 61)).to.equal(false)
      expect(bench.take(0, 0, 2_048).kept).to.deep.equal([])
      expect(bench.take(0, 40 * 1_024, 1_024).completed).to.deep.equal([])
      expect(reported(bench).missing).to.deep.equal([0, 4, 0])
      expect(bench.take(0, 2_048, 1_024).completed).to.deep.equal([0])
      expect(reported(bench).missing, 'while it is opened').to.deep.equal([])
      expect(bench.inbound.takeStored([0], 0).atFault).to.equal(false)
      expect(reported(bench)).to.deep.equal({ rejected: [], missing: [] })
    })

    it('is the fault of its peer when no block differs', () => {
      expect(rejectedBench().inbound.takeBlocksRejected(0, []).atFault).to.equal(true)
    })

    it('is the fault of its peer when it fails again with no block that differs', () => {
      const bench = rejectedBench()
      bench.inbound.takeBlocksRejected(0, [60])
      expect(bench.take(0, 60 * 1_024, SEAL_BYTES).completed).to.deep.equal([0])
      expect(bench.inbound.takeRejected([0]).atFault).to.equal(true)
    })

    it('is compared once, however often its digests come', () => {
      const bench = rejectedBench()
      bench.inbound.takeBlocksRejected(0, [2])
      bench.take(0, 2_048, 1_024)
      expect(bench.inbound.takeBlocksRejected(0, [2]).atFault).to.equal(false)
      expect(reported(bench).missing).to.deep.equal([])
      expect(bench.inbound.takeStored([0], 0).atFault).to.equal(false)
    })
  })

  it('reports what is missing of any record once nothing new comes', () => {
    const bench = new Bench(100 * RECORD_BYTES)
    bench.take(0, 1_024, FULL - 1_024)
    bench.take(1, 0, FULL)
    const missing = () => bench.inbound.status(false, 0).missing
    expect(missing()).to.deep.equal([])
    bench.inbound.takeTimeout('statusRepeat')
    const all = [2 ** 32 - 1, 2 ** 29 - 1]
    expect(missing(), 'record 1 is being opened').to.deep.equal([0, 1, 0, 2, ...all, 3, ...all])
    bench.take(0, 0, 1)
    expect(missing()).to.deep.equal([])
  })

  it('is full when half its window waits for the disk', () => {
    const bench = new Bench(100 * RECORD_BYTES)
    expect(bench.take(0, 0, FULL).full).to.equal(false)
    expect(bench.take(1, 0, FULL).full).to.equal(true)
    expect(bench.inbound.takeStored([1], 0).full).to.equal(false)
  })

  describe('a status', () => {
    it('tells how long ago the newest packet came', () => {
      const bench = new Bench(RECORD_BYTES)
      bench.takeAs(5, 0, 0, 10, 100)
      bench.takeAs(3, 0, 10, 10, 104)
      bench.takeAs(5, 0, 20, 10, 105)
      bench.takeAs(9, 1, 0, 10, 106)
      expect(bench.inbound.status(false, 107).delayMs).to.equal(7)
    })

    it('never claims to be older than nothing', () => {
      const bench = new Bench(RECORD_BYTES)
      bench.takeAs(5, 0, 0, 10, 100)
      expect(bench.inbound.status(false, 99).delayMs).to.equal(0)
    })

    it('carries the newest packet ranges, and no more than may be', () => {
      const bench = new Bench(RECORD_BYTES)
      const ranges = STATUS_PACKET_RANGES_MAX + 1
      for (let i = 0; i < ranges; i += 1) bench.takeAs(2 * i, 0, i, 1)
      const packets = bench.packets()
      expect(packets).to.have.length(2 * STATUS_PACKET_RANGES_MAX)
      expect(packets.slice(0, 2)).to.deep.equal([2, 2])
      expect(packets.slice(-2)).to.deep.equal([2 * ranges - 2, 2 * ranges - 2])
    })

    it('stands packet numbers with gaps of 2⁴⁰', () => {
      const bench = new Bench(RECORD_BYTES)
      const far = 2 ** 48 - 1
      for (const [i, number] of [0, 2 ** 40, far, 1].entries()) bench.takeAs(number, 0, i, 1)
      expect(bench.packets()).to.deep.equal([0, 1, 2 ** 40, 2 ** 40, far, far])
    })

    it('carries the lowest opened ranges', () => {
      const records = 2 * STATUS_OPENED_RANGES_MAX + 2
      const bench = new Bench(records * RECORD_BYTES, records)
      for (let record = 1; record < records; record += 2) bench.inbound.takeStored([record], 0)
      const { opened, windowRecords } = bench.inbound.status(false, 0)
      expect(opened).to.have.length(2 * STATUS_OPENED_RANGES_MAX)
      expect(opened.slice(0, 2)).to.deep.equal([1, 1])
      expect(windowRecords).to.equal(records)
    })

    it('carries the lowest rejected records, until those are compared', () => {
      const records = STATUS_REJECTED_MAX + 1
      const bench = new Bench(records * RECORD_BYTES, records)
      bench.inbound.takeRejected(Array.from({ length: records }, (_, i) => records - 1 - i))
      const rejected = () => bench.inbound.status(false, 0).rejected
      expect(rejected())
        .to.have.length(STATUS_REJECTED_MAX)
        .and.not.to.include(records - 1)
      bench.inbound.takeBlocksRejected(0, [1])
      expect(rejected())
        .to.have.length(STATUS_REJECTED_MAX)
        .and.to.include(records - 1)
    })

    it('grants the window beyond the records stored without a gap, and never beyond the file', () => {
      const bench = new Bench(6 * RECORD_BYTES)
      const granted = () => bench.inbound.status(false, 0).windowRecords
      bench.inbound.takeStored([1], 0)
      expect(granted()).to.equal(WINDOW)
      bench.inbound.takeStored([0], 0)
      expect(granted()).to.equal(WINDOW + 2)
      bench.inbound.takeStored([2], 0)
      expect(granted()).to.equal(6)
    })
  })

  describe('a status is due', () => {
    it('when asked for, whatever arrived', () => {
      const { inbound } = new Bench(RECORD_BYTES)
      expect(inbound.takeData(burstOf([]), true, 0).statusDue).to.equal(true)
      expect(inbound.takeData(burstOf([]), false, 0).statusDue).to.equal(false)
    })

    it('with the 32nd datagram, a millisecond after the last one', () => {
      const bench = new Bench(RECORD_BYTES)
      bench.takeRun(512, 0)
      bench.inbound.status(false, 0)
      for (let i = 1; i < 32; i += 1) expect(bench.takeRun(1, 1).statusDue).to.equal(false)
      expect(bench.takeRun(1, 1).statusDue).to.equal(true)
      bench.inbound.status(false, 1)
      for (let i = 1; i < 64; i += 1) expect(bench.takeRun(1, 1.9).statusDue).to.equal(false)
      expect(bench.takeRun(1, 1.9).statusDue, 'the 64th').to.equal(true)
    })

    it('with 32 datagrams of one burst, not with 31', () => {
      for (const count of [31, 32]) {
        const bench = new Bench(RECORD_BYTES)
        bench.takeRun(512, 0)
        bench.inbound.status(false, 0)
        expect(bench.takeRun(count, 1).statusDue).to.equal(count === 32)
      }
    })

    it('at first with each sixteenth of all that came', () => {
      const bench = new Bench(RECORD_BYTES)
      expect(bench.takeRun(1, 1).statusDue).to.equal(true)
      bench.takeRun(63, 1)
      bench.inbound.status(false, 1)
      for (let i = 1; i < 5; i += 1) expect(bench.takeRun(1, 2).statusDue).to.equal(false)
      expect(bench.takeRun(1, 2).statusDue, '5 of 69').to.equal(true)
    })

    it('a quarter of a round trip after the first unreported datagram', () => {
      const bench = new Bench(RECORD_BYTES)
      bench.inbound.status(false, 0)
      bench.take(0, 0, 1, 5)
      bench.take(0, 1, 1, 6)
      expect(bench.inbound.deadline()).to.deep.equal({ timer: 'statusDelay', atMs: 5 + DELAY_MS })
      expect(bench.inbound.takeTimeout('statusDelay').statusDue).to.equal(true)
      bench.inbound.status(false, 5 + DELAY_MS)
      expect(bench.inbound.deadline()?.timer).to.equal('statusRepeat')
    })

    it('no sooner than in a millisecond and no later than in 100', () => {
      for (const [rttMs, delayMs] of [
        [1, 1],
        [1_000, STATUS_DELAY_MS_MAX],
      ] as const) {
        const bench = new Bench(RECORD_BYTES, WINDOW, rttMs)
        bench.take(0, 0, 1, 5)
        expect(bench.inbound.deadline()?.atMs).to.equal(5 + delayMs)
      }
    })

    it('also when all that arrived was here already, or was dropped', () => {
      const bench = new Bench(RECORD_BYTES)
      bench.take(0, 0, 1, 0)
      bench.inbound.status(false, 1)
      bench.takeAs(0, 0, 0, 1, 2)
      expect(bench.inbound.deadline()?.timer).to.equal('statusDelay')
      bench.inbound.status(false, 3)
      bench.take(9, 0, 1, 4)
      expect(bench.inbound.deadline()?.timer).to.equal('statusDelay')
    })

    it('when records were stored', () => {
      const { inbound } = new Bench(2 * RECORD_BYTES)
      inbound.status(false, 0)
      inbound.takeStored([0], 3)
      expect(inbound.deadline()).to.deep.equal({ timer: 'statusDelay', atMs: 3 + DELAY_MS })
    })

    it('again and again while nothing comes, up to once a second, and anew with progress or a ping', () => {
      const bench = new Bench(2 * RECORD_BYTES)
      let atMs = 0
      const waits: number[] = []
      for (let i = 0; i < 16; i += 1) {
        bench.inbound.status(false, atMs)
        const deadline = bench.inbound.deadline()
        expect(deadline?.timer).to.equal('statusRepeat')
        waits.push(deadline!.atMs - atMs)
        atMs = deadline!.atMs
        expect(bench.inbound.takeTimeout('statusRepeat').statusDue).to.equal(true)
      }
      expect(waits).to.deep.equal([
        ...new Array<number>(9).fill(STATUS_REPEAT_MS),
        ...[2, 4, 8, 16, 32, 64].map((times) => times * STATUS_REPEAT_MS),
        STATUS_REPEAT_MS_MAX,
      ])
      const steps = [
        () => bench.take(0, 0, 1, atMs),
        () => bench.inbound.takeStored([0], atMs),
        () => bench.inbound.takeData(burstOf([]), true, atMs),
      ]
      for (const step of steps) {
        for (let i = 0; i < 16; i += 1) bench.inbound.takeTimeout('statusRepeat')
        step()
        bench.inbound.status(false, atMs)
        expect(bench.inbound.deadline()?.atMs).to.equal(atMs + STATUS_REPEAT_MS)
      }
    })
  })
})
