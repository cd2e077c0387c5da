import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { expect } from 'chai'
import { registry } from '../../machines/index.ts'
import { subjects } from '../support/subjects.ts'
import { table } from '../support/table.ts'
import { walkOf } from '../support/walk.ts'

const golden = new URL('golden/', import.meta.url)
const { UPDATE_GOLDEN } = process.env
const updates = UPDATE_GOLDEN === '1'

describe('state × event tables', () => {
  before(() => {
    if (!updates) return
    rmSync(golden, { recursive: true, force: true })
    mkdirSync(golden)
  })

  it('are there for every machine, and for nothing else', () => {
    expect(subjects.map(({ id }) => id)).to.deep.equal(registry.map(({ id }) => id))
    if (!updates) expect(readdirSync(golden).sort()).to.deep.equal(registry.map(fileOf).sort())
  })

  for (const subject of subjects) {
    it(`${subject.id} is as written`, () => {
      const file = new URL(fileOf(subject), golden)
      const actual = table(walkOf(subject))
      if (updates) writeFileSync(file, actual)
      expect(existsSync(file), `${file.pathname}: write it with UPDATE_GOLDEN=1`).to.equal(true)
      const written = readFileSync(file, 'utf8')
      expect(blocksBeyond(written, actual)).to.equal(blocksBeyond(actual, written))
      expect(actual).to.equal(written)
    })
  }
})

/** The blocks of `text` that `base` lacks: a whole file is too long a diff. */
function blocksBeyond(base: string, text: string): string {
  const known = new Set(base.split('\n\n'))
  return text
    .split('\n\n')
    .filter((block) => !known.has(block))
    .join('\n\n')
}

function fileOf({ id }: { readonly id: string }): string {
  return `${id.replaceAll('/', '-')}.txt`
}
