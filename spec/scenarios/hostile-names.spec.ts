import { expect } from 'chai'
import { delay } from 'ferrygram/simulation'
import { checkPath, printable } from '../../adapters/files/names.ts'
import { cargo, PEER, voyage } from '../support/voyage.ts'

const key = null
const everywhere = [
  '../x',
  'a/../../x',
  '/etc/x',
  '..',
  '.',
  'a//b',
  'a/',
  'nul\0inside',
  'bell\u0007',
  'escape\u001b[2J',
  'c1\u009b2J',
  '.ferrygram-x.part',
  'x'.repeat(256),
]
const onWindows = ['a\\b', 'C:x', 'CON', 'con.txt', 'CONIN$', 'COM¹', 'LPT9.x', 'dots..', 'space ']

describe('hostile names', () => {
  it('are refused by a server, for put and get, and touch nothing', () =>
    voyage({ seed: 1, link: [delay(5)] }, async ({ sea, arrive }) => {
      sea.clientFiles.set('crate.bin', cargo(10))
      for (const as of everywhere) {
        const put = await arrive(sea.put(PEER, 'crate.bin', { key, as }).outcome, 1_000)
        expect(put, as).to.have.nested.property('failed.kind', 'badName')
        const get = await arrive(sea.get(PEER, as, { key, as: 'here' }).outcome, 1_000)
        expect(get, as).to.have.nested.property('failed.kind', 'badName')
      }
      expect(sea.serverFiles.paths()).to.deep.equal([])
      expect(sea.clientFiles.paths()).to.deep.equal(['crate.bin'])
    }))

  it('are refused by a client, whatever it is asked to call a file', () =>
    voyage({ seed: 1, link: [delay(5)] }, async ({ sea, arrive }) => {
      sea.serverFiles.set('crate.bin', cargo(10))
      for (const as of everywhere.filter((name) => !/[/]|^\.\.?$/.test(name))) {
        const get = await arrive(sea.get(PEER, 'crate.bin', { key, as }).outcome, 1_000)
        expect(get, as).to.have.nested.property('failed.kind', 'badName')
      }
      expect(sea.clientFiles.paths()).to.deep.equal([])
    }))

  it('of Windows are refused there alone', () => {
    for (const name of onWindows) {
      expect(checkPath(name, 'windows'), name).to.have.property('kind', 'badName')
      expect(checkPath(name, 'posix'), name).to.equal(null)
    }
  })

  it('print harmlessly', () => {
    for (const name of ['\u001b[2J', '\u009b2J', 'a\nb', '\u202egnp.exe', '\u2028', '\u0000']) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there.
      expect(printable(name)).to.not.match(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e]/)
    }
  })
})
