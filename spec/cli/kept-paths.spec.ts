import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { KeptPaths } from '../../cli/kept-paths.ts'

const PATH = { rateBytesPerS: 1_000_000, rttMs: 50 }

describe('kept paths', () => {
  let home = ''
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'ferrygram-paths-'))
  })
  afterEach(() => rmSync(home, { recursive: true }))

  it('are there for the next command, once, and for nobody else to read', () => {
    const folder = join(home, 'config')
    new KeptPaths(folder).remember('sea', PATH)
    new KeptPaths(folder).remember('river', PATH)
    expect(readdirSync(folder)).to.deep.equal(['paths.json'])
    if (process.platform !== 'win32') {
      expect(statSync(join(folder, 'paths.json')).mode & 0o777).to.equal(0o600)
    }
    expect(new KeptPaths(folder).take('sea')).to.deep.equal(PATH)
    expect(new KeptPaths(folder).take('sea')).to.equal(null)
    expect(new KeptPaths(folder).take('river')).to.deep.equal(PATH)
  })

  for (const [what, text] of [
    ['no JSON', '{'],
    ['another shape', '["sea"]'],
    ['a rate below nothing', '{"sea":{"rateBytesPerS":-1,"rttMs":50,"atMs":0}}'],
    ['a time that is none', `{"sea":{"rateBytesPerS":1,"rttMs":50,"atMs":"now"}}`],
  ]) {
    it(`are searched anew where the file holds ${what}`, () => {
      writeFileSync(join(home, 'paths.json'), text!)
      const paths = new KeptPaths(home)
      expect(paths.take('sea')).to.equal(null)
      paths.remember('sea', PATH)
      expect(paths.take('sea')).to.deep.equal(PATH)
    })
  }

  it('are done without where nothing can be written', () => {
    writeFileSync(join(home, 'file'), '')
    const paths = new KeptPaths(join(home, 'file'))
    paths.remember('sea', PATH)
    expect(paths.take('sea')).to.equal(null)
  })
})
