import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { Stage } from '../support/processes.ts'
import { writeResults } from './results.ts'
import { inTurns, median } from './rounds.ts'
import { timed } from './timed.ts'

/** The program as it ships. */
export const SHIPPED = fileURLToPath(new URL('../../dist/cli/main.cjs', import.meta.url))

const RATIO_MAX = 2

/**
 * Whole-process seconds of a `get` of 1 KiB on loopback, over those of a Node that does nothing.
 * @param main the bundled program's first file
 */
export async function startRatio(rounds: number, main = SHIPPED): Promise<number> {
  return Stage.set(async (stage) => {
    await stage.write('root', 'kib.bin', randomBytes(1024))
    const { port } = await stage.serve()
    const get = [main, 'get', '127.0.0.1', String(port), 'kib.bin', '--quiet', '--as']
    let round = 0
    // Another name each time: what is there already would not be fetched again.
    const fetched = () => [...get, `fetched-${round++}.bin`]
    const contenders = [
      { name: 'node', run: () => timed([process.execPath, '-e', '0']) },
      {
        name: 'get',
        run: () => timed([process.execPath, ...fetched()], { cwd: stage.home, env: stage.env }),
      },
    ]
    const taken = await inTurns(contenders, rounds)
    const seconds = (name: string) => median((taken.get(name) ?? []).map((one) => one.seconds))
    return seconds('get') / seconds('node')
  })
}

/** `npm run bench -- start` */
export async function startBench(rounds: number): Promise<void> {
  writeResults('start', {
    title: 'Whole process of a 1 KiB get on loopback',
    unit: 'times node -e 0',
    columns: [],
    rows: [{ case: 'ferrygram get', figure: await startRatio(rounds), target: RATIO_MAX }],
    notes: [`Medians of ${rounds}, taken in turns. Less is better.`],
  })
}
