import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { startRatio } from './start.ts'
import { timed } from './timed.ts'

/** `npm run bench -- start` asks for 2 on a quiet machine; unbundled it is above 5. */
const RATIO_MAX = 3

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

describe('the start of a process', () => {
  let dist = ''

  // Bundled anew, so that no older one is judged, and where packages are found.
  before(async () => {
    dist = await mkdtemp(join(ROOT, '.bundled-'))
    await timed([process.execPath, '--import', 'tsx', 'bundle.ts', dist], { cwd: ROOT })
  })
  after(() => rm(dist, { recursive: true }))

  it('is short enough to fetch 1 KiB', async () => {
    expect(await startRatio(5, join(dist, 'cli/main.cjs'))).to.be.below(RATIO_MAX)
  })
})
