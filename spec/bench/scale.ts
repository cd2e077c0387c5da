import { type Passage, sail } from './fleet.ts'
import { type Row, writeResults } from './results.ts'
import { waitingBytes } from './waiting.ts'

const FILE_BYTES = 100 * 1024
const MANY = 1_000
const FEW = 100
const GOODPUT_MIN = 0.7
const CPU_RATIO_MAX = 1.3
const WAITING_KIB_MAX = 64
/** Enough that what all sessions share does not count, few enough that pools keep little. */
const WAITING_SESSIONS = 300
const WAITING_BYTES = 2 ** 20

/** `npm run bench -- scale` */
export async function scaleBench(): Promise<void> {
  // What is compiled at first use is no session's cost.
  for (const verb of ['put', 'get'] as const) {
    await sail({ verb, sessions: 20, sizeBytes: FILE_BYTES })
    await waitingBytes(verb, FILE_BYTES, 'proved', 20)
  }
  const rows: Row[] = []
  for (const verb of ['put', 'get'] as const) {
    const one = await sail({ verb, sessions: 1, sizeBytes: MANY * FILE_BYTES })
    const few = await sail({ verb, sessions: FEW, sizeBytes: FILE_BYTES })
    const many = await sail({ verb, sessions: MANY, sizeBytes: FILE_BYTES })
    const goodput = many.goodputBytesPerS / one.goodputBytesPerS
    const cpu = many.cpuUsPerSession / few.cpuUsPerSession
    rows.push(
      row(`${verb}: goodput of ${MANY} over one of the same bytes`, goodput, GOODPUT_MIN, many),
      row(`${verb}: CPU a session, of ${MANY} over ${FEW}`, cpu, CPU_RATIO_MAX, few),
    )
  }
  for (const verb of ['put', 'get'] as const) {
    for (const cut of ['welcomed', 'proved'] as const) {
      const kib = (await waitingBytes(verb, WAITING_BYTES, cut, WAITING_SESSIONS)) / 1024
      rows.push({
        case: `${verb}: KiB a session at a server that waits, ${cut}`,
        figure: kib,
        target: WAITING_KIB_MAX,
      })
    }
  }
  writeResults('scale', {
    title: `${MANY} sessions of ${FILE_BYTES / 1024} KiB at once`,
    unit: 'ratio, or KiB',
    columns: ['sessions s', 'sent/due', 'timers a session', 'CPU ms a session'],
    rows,
    notes: [
      'A simulated 100 Mbit/s, 50 ms, a queue of one BDP. Seconds are virtual, from the first hello ' +
        'to the last outcome; CPU is of both sides and the network between them.',
      '“Welcomed” sessions heard nothing after their welcome, “proved” ones wait for their turn. ' +
        'Those that have begun have records of 60 KiB in memory besides, which are sealed whole.',
    ],
  })
}

function row(label: string, figure: number, target: number, passage: Passage): Row {
  const { seconds, waste, timersPerSession, cpuUsPerSession } = passage
  return {
    case: label,
    figure,
    target,
    more: [
      seconds.toFixed(2),
      waste.toFixed(2),
      timersPerSession.toFixed(0),
      (cpuUsPerSession / 1000).toFixed(1),
    ],
  }
}
