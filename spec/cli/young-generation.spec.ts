import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect } from 'chai'

const MIB = 2 ** 20

/** Bytes of the young generation of a process in which much that was allocated of late lives on. */
async function youngBytes(before: string): Promise<number> {
  const churn = `
    import { getHeapSpaceStatistics } from 'node:v8'
    ${before}
    const kept = []
    for (let i = 0; i < 400_000; i += 1) kept[i % 100_000] = { i, text: String(i) }
    const young = getHeapSpaceStatistics().find((space) => space.space_name === 'new_space')
    console.log(young.space_size)`
  const args = ['--import', 'tsx', '--input-type=module', '-e', churn]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  return Number(stdout)
}

describe('the young generation', () => {
  it('stays as small as it begins where it is told to, and grows elsewhere', async () => {
    const file = JSON.stringify(new URL('../../cli/young-generation.ts', import.meta.url).href)
    const told = `await (await import(${file})).keepYoungGenerationSmall()`
    const [small, grown] = await Promise.all([youngBytes(told), youngBytes('')])
    expect(small).to.be.at.most(4 * MIB)
    expect(grown).to.be.at.least(2 * small)
  })
})
