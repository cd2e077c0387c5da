import { parseArgs } from 'node:util'
import { linkBench } from './link.ts'
import { loopbackBench } from './loopback.ts'
import { writeResults } from './results.ts'
import { scaleBench } from './scale.ts'
import { simulatedBench } from './simulated.ts'
import { simulatedCases } from './simulated-cases.ts'
import { simulatedResults } from './simulated-results.ts'
import { startBench } from './start.ts'

/** `npm run bench -- [loopback|simulated|scale|link|start]`; README's "Speed" tells more. */

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    size: { type: 'string', default: '256' },
    rounds: { type: 'string' },
    peers: { type: 'string' },
    host: { type: 'string' },
    port: { type: 'string' },
    quick: { type: 'boolean' },
  },
})

function whole(option: string, text: string): number {
  const number = Number(text)
  if (Number.isInteger(number) && number > 0) return number
  throw new Error(`--${option} takes a whole number above 0, not ${text}`)
}

/** All of them, or with `--quick` the short ones under one seed each. */
function simulatedPaths() {
  if (values.quick !== true) return simulatedCases
  return simulatedCases.filter(({ slow }) => !slow).map((path) => ({ ...path, seeds: [1] }))
}

function tell({ name }: { readonly name: string }): void {
  process.stderr.write(`done: ${name}\n`)
}

const [bench = 'loopback'] = positionals
const rounds = (usual: string) => whole('rounds', values.rounds ?? usual)
const sizeMiB = whole('size', values.size)

switch (bench) {
  case 'loopback':
    await loopbackBench({ sizeMiB, rounds: rounds('5'), peersFolder: values.peers })
    break
  case 'simulated':
    writeResults('simulated', simulatedResults(await simulatedBench(simulatedPaths(), tell)))
    break
  case 'scale':
    await scaleBench()
    break
  case 'link':
    await linkBench({ host: values.host, port: values.port, sizeMiB, rounds: rounds('3') })
    break
  case 'start':
    await startBench(rounds('100'))
    break
  default:
    throw new Error(`there is no bench ${bench}: loopback, simulated, scale, link or start`)
}
