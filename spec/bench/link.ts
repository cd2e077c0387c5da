import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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

On one Linux machine, as root, two namespaces and tc (iproute2, sch_netem) make a link of
100 Mbit/s and 50 ms with 1 % loss:

  ip netns add near && ip netns add far
  ip link add near0 netns near type veth peer name far0 netns far
  ip -n near addr add 10.9.0.1/24 dev near0 && ip -n near link set near0 up
  ip -n far addr add 10.9.0.2/24 dev far0 && ip -n far link set far0 up
  tc -n near qdisc add dev near0 root netem rate 100mbit delay 25ms loss 1% limit 450
  tc -n far qdisc add dev far0 root netem rate 100mbit delay 25ms loss 1% limit 450
  ip netns exec far ferrygram server 5005 --no-key --root /tmp/far &
  ip netns exec near npm run bench -- link --host 10.9.0.2 --port 5005 --size 32
  ip netns del near && ip netns del far
`

/** `npm run bench -- link`: puts across a link that is there already, or how to make one. */
export async function linkBench({ host, port, sizeMiB, rounds }: LinkOptions): Promise<void> {
  if (host === undefined || port === undefined) {
    process.stdout.write(HOW)
    return
  }
  const folder = await mkdtemp(join(tmpdir(), 'ferrygram-bench-'))
  try {
    const file = join(folder, 'cargo.bin')
    await writeFile(file, randomBytes(sizeMiB * 2 ** 20))
    let round = 0
    const put = () => {
      const as = `bench-${process.pid}-${round++}.bin`
      return timed([process.execPath, SHIPPED, 'put', host, port, file, '--as', as, '--no-key'])
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
