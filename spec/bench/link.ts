import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Daemon } from './daemon.ts'
import { FAR, makeLink } from './emulated-link.ts'
import { writeResults } from './results.ts'
import { inTurns, median } from './rounds.ts'
import { SHIPPED } from './start.ts'
import { timed } from './timed.ts'

export interface LinkOptions {
  readonly host: string | undefined
  readonly port: string | undefined
  readonly sizeMiB: number
  readonly rounds: number
}

const HOW = `Start a server at the far end of the link and give its address:

  ferrygram server 5005 --no-key --root /tmp/far
  npm run bench -- link --host HOST --port 5005 --size 32

On Linux, as root, it makes a link of 100 Mbit/s, 50 ms and 1 % loss by itself, out of two network
namespaces and tc (iproute2, sch_netem).
`

/** `npm run bench -- link`: puts across the link that is named, or one that it makes. */
export async function linkBench({ host, port, ...size }: LinkOptions): Promise<void> {
  if (host !== undefined && port !== undefined) {
    return putAcross({ host, port, at: (command) => command, ...size })
  }
  const link = makeLink()
  if ('missing' in link) {
    process.stdout.write(`${HOW}\nHere it lacks ${link.missing}.\n`)
    return
  }
  const root = await mkdtemp(join(tmpdir(), 'ferrygram-far-'))
  const serve = [
    process.execPath,
    SHIPPED,
    'server',
    '0',
    '--host',
    FAR,
    '--root',
    root,
    '--no-key',
  ]
  const far = new Daemon(link.at('far', serve))
  try {
    const found = await far.says(/Listening at \S+:(\d+)/)
    const at = (command: readonly string[]) => link.at('near', command)
    await putAcross({ host: FAR, port: found, at, ...size })
  } finally {
    await far.stop()
    link.remove()
    await rm(root, { recursive: true })
  }
}

interface Far {
  readonly host: string
  readonly port: string
  readonly sizeMiB: number
  readonly rounds: number
  /** The command, as it is run at the near end. */
  at(command: readonly string[]): readonly string[]
}

async function putAcross({ host, port, sizeMiB, rounds, at }: Far): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'ferrygram-bench-'))
  try {
    const file = join(folder, 'cargo.bin')
    await writeFile(file, randomBytes(sizeMiB * 2 ** 20))
    let round = 0
    const put = () => {
      const as = `bench-${process.pid}-${round++}.bin`
      return timed(at([process.execPath, SHIPPED, 'put', host, port, file, '--as', as, '--no-key']))
    }
    const taken = await inTurns([{ name: 'put', run: put }], rounds)
    const seconds = median((taken.get('put') ?? []).map((one) => one.seconds))
    writeResults('link', {
      title: `${sizeMiB} MiB to ${host}`,
      unit: 'Mbit/s',
      columns: ['seconds'],
      rows: [
        {
          case: 'ferrygram put',
          figure: (sizeMiB * 2 ** 20 * 8) / seconds / 1e6,
          more: [seconds.toFixed(2)],
        },
      ],
      notes: [`Whole process, median of ${rounds}.`],
    })
  } finally {
    await rm(folder, { recursive: true })
  }
}
