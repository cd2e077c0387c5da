import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { exportDiagrams } from '../../diagrams/export.ts'
import { registry } from '../../machines/index.ts'

const committed = fileURLToPath(new URL('../../diagrams', import.meta.url))

describe('the committed diagrams', () => {
  let folder = ''
  let written: readonly string[] = []

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ferrygram-diagrams-'))
    written = await exportDiagrams(join(folder, 'made'))
  })
  after(() => rm(folder, { recursive: true }))

  it('are a chart in two formats for each machine, and no others', async () => {
    const expected = registry.flatMap(({ id }) =>
      ['mmd', 'svg'].map((format) => `${id.replaceAll('/', '-')}.${format}`),
    )
    expect(expected).to.have.length.above(0)
    expect(written.map((path) => basename(path))).to.deep.equal(expected)
    const present = (await readdir(committed)).filter((name) => /\.(?:mmd|svg)$/.test(name))
    expect(present).to.have.members(expected)
  })

  it('are what the machines export now', async () => {
    for (const path of written) {
      const fresh = await readFile(path, 'utf8')
      const stored = await readFile(join(committed, basename(path)), 'utf8').catch(() => '')
      expect(stored === fresh, `${basename(path)} is stale: run "ferrygram diagrams"`).to.equal(
        true,
      )
    }
  })
})
