import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect } from 'chai'

const MIB = 2 ** 20
const file = JSON.stringify(new URL('../../cli/engine.ts', import.meta.url).href)
const tuned = `await (await import(${file})).tuneEngine()`

/** What a process of its own prints that runs `code` and optimises at once what it wants to. */
async function printed(code: string): Promise<string> {
  const settings = ['--allow-natives-syntax', '--no-concurrent-recompilation', '--no-warnings']
  const args = [...settings, '--import', 'tsx', '--input-type=module', '-e', code]
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args)
  // V8 says so there, and goes on, when it does not know a setting; Node.js is told to warn of nothing.
  expect(stderr).to.equal('')
  return stdout
}

/** Bytes of the young generation of a process in which much that was allocated of late lives on. */
async function youngBytes(before: string): Promise<number> {
  const churn = `
    import { getHeapSpaceStatistics } from 'node:v8'
    ${before}
    const kept = []
    for (let i = 0; i < 400_000; i += 1) kept[i % 100_000] = { i, text: String(i) }
    const young = getHeapSpaceStatistics().find((space) => space.space_name === 'new_space')
    console.log(young.space_size)`
  return Number(await printed(churn))
}

/** How many times a function of a hundred steps ran when V8 had optimised it. */
async function callsUntilOptimised(before: string): Promise<number> {
  const calls = `
    ${before}
    const OPTIMISED = 1 << 4
    const sum = () => { let n = 0; for (let i = 0; i < 100; i += 1) n += i % 7; return n }
    let calls = 0
    for (; (%GetOptimizationStatus(sum) & OPTIMISED) === 0; calls += 1) sum()
    console.log(calls)`
  return Number(await printed(calls))
}

describe('an engine tuned for moving much', () => {
  it('keeps its young generation as small as it begins, where others grow', async () => {
    const [small, grown] = await Promise.all([youngBytes(tuned), youngBytes('')])
    expect(small).to.be.at.most(4 * MIB)
    expect(grown).to.be.at.least(2 * small)
  })

  it('optimises what runs often, and later than others do', async () => {
    const [late, soon] = await Promise.all([callsUntilOptimised(tuned), callsUntilOptimised('')])
    expect(late).to.be.at.least(2 * soon)
  })
})
