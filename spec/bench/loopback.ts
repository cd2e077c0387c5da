import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { udpNetwork } from '../../adapters/udp/network.ts'
import { dgramBytesPerS, sealingBytesPerS } from './ceilings.ts'
import type { Daemon } from './daemon.ts'
import { haveEqualBytes } from './equal.ts'
import {
  type Competitor,
  ferrygram,
  ferrygramOverDgram,
  type Harbour,
  nodePeers,
  rsync,
  scp,
  tftp,
} from './peers.ts'
import { figureText, type Row, writeResults } from './results.ts'
import { type Contender, inTurns, median } from './rounds.ts'
import type { Timed } from './timed.ts'

/**
 * Between turns, and as long as the turn took at least: a virtual machine that was busy is slowed,
 * and the next one would pay for it.
 */
const REST_MS_MIN = 5_000
const MIB = 2 ** 20
const MB = 1e6
/** What a transfer tells at its end, with --json: from its hello to the last byte stored. */
const ELAPSED_MS = /"elapsedMs":(\d+)/
/** Least share of what arrives at a bare dgram socket, for copies that have no other. */
const DGRAM_SHARE_MIN = 0.5
const DGRAM_CEILING = 'ceiling: node:dgram arrivals'
/** What cannot be beaten, in bytes a second of so many bytes. */
const CEILINGS: Readonly<Record<string, (sizeBytes: number) => number | Promise<number>>> = {
  [DGRAM_CEILING]: dgramBytesPerS,
  'ceiling: sealing alone': sealingBytesPerS,
}
/** Least ratios of a ferrygram copy to these, in one run. */
const RATIOS_MIN = { 'node:tls': 0.9, 'udx-native': 2.2, scp: 1.3 }

export interface LoopbackOptions {
  readonly sizeMiB: number
  readonly rounds: number
  /** Where udx-native is looked up, unless in the current folder. */
  readonly peersFolder: string | undefined
}

/** `npm run bench`: one file over loopback, by whole processes that take turns. */
export async function loopbackBench({ sizeMiB, rounds, peersFolder }: LoopbackOptions) {
  const sizeBytes = sizeMiB * MIB
  const folder = await mkdtemp(join(tmpdir(), 'ferrygram-bench-'))
  const daemons: Daemon[] = []
  // Before the bench itself keeps the machine busy.
  const load = loadTold()
  try {
    const stored = join(folder, 'stored')
    const harbour = { folder, file: join(folder, 'cargo.bin'), stored, daemons }
    await mkdir(harbour.stored)
    await writeFile(harbour.file, randomBytes(sizeBytes))
    const { competitors, absent } = await gather(harbour, peersFolder)
    const before = new Map(competitors.map(({ name, daemon }) => [name, daemon?.cpuSeconds ?? 0]))
    const taken = await inTurns(
      [
        ...competitors.map((competitor) => checked(competitor, harbour.file)),
        ...ceilingsOf(sizeBytes),
      ],
      rounds,
    )
    const served = new Map(
      competitors.map(({ name, daemon }) => {
        const all = (daemon?.cpuSeconds ?? 0) - (before.get(name) ?? 0)
        return [name, all / rounds]
      }),
    )
    const rates = new Map(
      [...taken].map(([name, times]) => [name, sizeBytes / secondsOf(times) / MB]),
    )
    const more = ({ name }: Competitor) => {
      const clients = median((taken.get(name) ?? []).map(({ cpuSeconds }) => cpuSeconds))
      const cpuSeconds = clients + (served.get(name) ?? 0)
      const ratios = Object.keys(RATIOS_MIN).map((peer) => ratio(rates, name, peer))
      const told = rateTold(taken.get(name) ?? [], sizeBytes)
      return [told, figureText((cpuSeconds * 1024) / sizeMiB), ...ratios]
    }
    const targetOf = (name: string) =>
      name.endsWith('over dgram')
        ? DGRAM_SHARE_MIN * (rates.get(DGRAM_CEILING) ?? 0)
        : leastOf(rates)
    const rows: readonly Row[] = [
      ...competitors.map((competitor) => ({
        case: competitor.name,
        figure: rates.get(competitor.name) ?? null,
        more: more(competitor),
        ...(competitor.name.startsWith('ferrygram') && { target: targetOf(competitor.name) }),
      })),
      ...absent.map((name) => ({ case: name, figure: null })),
      ...Object.keys(CEILINGS).map((name) => ({ case: name, figure: rates.get(name) ?? null })),
    ]
    writeResults('loopback', {
      title: `${sizeMiB} MiB over loopback`,
      unit: 'MB/s',
      columns: [
        'hello to done',
        'CPU s/GiB',
        ...Object.keys(RATIOS_MIN).map((peer) => `× ${peer}`),
      ],
      rows,
      notes: [
        `Whole processes, medians of ${rounds} rounds in turns; CPU is user and system of both ` +
          'sides. The target is what 0.9 × node:tls, 2.2 × udx-native and 1.3 × scp ask for; over ' +
          'dgram alone, half of what arrives at a bare socket. From hello to done, in MB/s, is what a ' +
          'transfer itself tells.',
        await buffersTold(),
        load,
      ],
    })
  } finally {
    await Promise.all(daemons.map((daemon) => daemon.stop()))
    await rm(folder, { recursive: true })
  }
}

async function gather(harbour: Harbour, peersFolder: string | undefined) {
  const found = [
    ...(await ferrygram(harbour)),
    ...(await ferrygramOverDgram(harbour)),
    ...(await nodePeers(harbour, peersFolder)),
    await scp(harbour),
    await rsync(harbour),
    await tftp(harbour),
  ]
  return {
    competitors: found.filter((one) => typeof one !== 'string'),
    absent: found.filter((one) => typeof one === 'string'),
  }
}

/** In turns with all others: the machine is faster at one time than at another. */
function ceilingsOf(sizeBytes: number): readonly Contender<Timed>[] {
  return Object.entries(CEILINGS).map(([name, bytesPerS]) => ({
    name,
    async run() {
      const seconds = sizeBytes / (await bytesPerS(sizeBytes))
      await pause(REST_MS_MIN)
      return { seconds, cpuSeconds: Number.NaN, said: '' }
    },
  }))
}

/** The same, which fails when its copy is not equal; the copy is removed, so that each is new. */
function checked({ name, run, copy, daemon }: Competitor, file: string): Contender<Timed> {
  return {
    name,
    async run() {
      const measured = await run()
      if (!(await haveEqualBytes(copy(), file))) throw new Error(`${name} stored other bytes`)
      await rm(copy())
      await daemon?.settled()
      // The next one is not to wait for what this one left the disk to do.
      spawnSync('sync')
      await pause(Math.max(REST_MS_MIN, measured.seconds * 1000))
      return measured
    },
  }
}

/** From hello to done, in MB/s; nothing for those that do not tell. */
function rateTold(times: readonly Timed[], sizeBytes: number): string {
  const told = times.flatMap(({ said }) => ELAPSED_MS.exec(said)?.[1] ?? [])
  return told.length === 0 ? '' : figureText(sizeBytes / median(told.map(Number)) / 1_000)
}

function secondsOf(times: readonly Timed[]): number {
  return median(times.map(({ seconds }) => seconds))
}

function ratio(rates: ReadonlyMap<string, number>, name: string, peer: string): string {
  const own = rates.get(name)
  const other = rates.get(peer)
  return own === undefined || other === undefined ? '' : (own / other).toFixed(2)
}

function leastOf(rates: ReadonlyMap<string, number>): number {
  const asked = Object.entries(RATIOS_MIN).flatMap(([peer, least]) => {
    const rate = rates.get(peer)
    return rate === undefined ? [] : [rate * least]
  })
  return Math.max(0, ...asked)
}

async function buffersTold(): Promise<string> {
  const endpoint = await udpNetwork.listen({ host: '127.0.0.1', port: 0 })
  const kib = Math.round(endpoint.socketBufferBytes / 1024)
  await endpoint.close()
  return `A UDP socket here gets ${kib} KiB of receive buffer.`
}

/** What else the machine did: on one that is busy, ratios hold better than rates. */
function loadTold(): string {
  const [load = 0] = loadavg()
  return `The load average was ${load.toFixed(1)} at the start.`
}
