import { expect } from 'chai'
import fc from 'fast-check'
import { checkPath, printable, type System } from '../../../adapters/files/names.ts'
import { NAME_BYTES_MAX, PATH_BYTES_MAX } from '../../../machines/limits.ts'

const SYSTEMS: readonly System[] = ['posix', 'windows', 'darwin']

function allows(path: string, system: System): boolean {
  const failure = checkPath(path, system)
  if (failure !== null) {
    expect(failure).to.include({ kind: 'badName', path })
    expect(failure).to.have.property('why').that.is.a('string').and.is.not.empty
  }
  return failure === null
}

describe('names', () => {
  it('are kept whatever they look like, when any system can hold them', () => {
    const names = ['Foo1.txt', 'UPPER', 'a b', ' a', '-rf', '--', '😀', 'ä', 'a.b.c', '...a', '~']
    const more = [
      '.hidden',
      '$(x)',
      "'",
      '100%',
      'a/b/c',
      '.ferrygram',
      'com10',
      'xCON',
      'COM0.txt',
    ]
    for (const name of [...names, ...more]) {
      for (const system of SYSTEMS) expect(allows(name, system), `${name} ${system}`).to.equal(true)
    }
  })

  it('are refused everywhere that lead elsewhere, hide, or are ours', () => {
    const paths = ['', '.', '..', '/', '/a', 'a/', 'a//b', './a', 'a/.', '../a', 'a/../b', 'a/..']
    const chars = ['\0', '\x01', '\n', '\x1b[31m', '\x7f', '\x85', '\x9f', '\ud800', '\udc00a']
    const ours = ['.ferrygram-', '.ferrygram-0123456789abcdef.part', 'a/.ferrygram-x']
    for (const path of [...paths, ...chars, ...chars.map((char) => `a${char}b`), ...ours]) {
      for (const system of SYSTEMS) {
        expect(allows(path, system), `${JSON.stringify(path)} ${system}`).to.equal(false)
      }
    }
  })

  it('are ours in any case where case is folded', () => {
    const allowed = SYSTEMS.map((system) => allows('.FerryGram-x', system))
    expect(allowed).to.deep.equal([true, false, false])
  })

  it('may be as long as the limits, in bytes, and no longer', () => {
    for (const system of SYSTEMS) {
      expect(allows('x'.repeat(NAME_BYTES_MAX), system)).to.equal(true)
      expect(allows('x'.repeat(NAME_BYTES_MAX + 1), system)).to.equal(false)
      expect(allows(`a${'é'.repeat((NAME_BYTES_MAX - 1) / 2)}`, system)).to.equal(true)
      expect(allows('é'.repeat((NAME_BYTES_MAX + 1) / 2), system)).to.equal(false)
      const long = `${'x'.repeat(233)}/${'y'.repeat(233)}/${'z'.repeat(PATH_BYTES_MAX - 468)}`
      expect(allows(long, system)).to.equal(true)
      expect(allows(`${long}z`, system)).to.equal(false)
    }
  })

  it('are refused where Windows cannot hold them, and only there', () => {
    const chars = ['a\\b', 'C:', 'a:stream', 'a<', 'a>', '"a"', 'a|b', '???', 'a*']
    const ends = ['a.', 'a ', '...', ' ', 'a./b', 'a /b']
    const devices = [
      'CON',
      'con',
      'Con.txt',
      'CON .txt',
      'CONIN$',
      'conout$.x',
      'PRN',
      'aux.tar.gz',
    ]
    const more = ['NUL', 'nul.', 'COM1', 'com9.log', 'COM¹', 'LPT1', 'lpt².x', 'LPT³', 'a/nul/b']
    for (const path of [...chars, ...ends, ...devices, ...more]) {
      const allowed = SYSTEMS.map((system) => allows(path, system))
      expect(allowed, path).to.deep.equal([true, false, true])
    }
  })

  it('say why', () => {
    expect(checkPath('a/b?', 'windows')).to.deep.equal({
      kind: 'badName',
      path: 'a/b?',
      why: 'Windows allows no ? in a name',
    })
  })

  it('that are allowed never leave their folder', () => {
    const part = fc.constantFrom('.', '..', '', 'a', '/', '\\', ':', '\0', 'con', ' ')
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 6 }),
        fc.constantFrom(...SYSTEMS),
        (parts, system) => {
          const path = parts.join('/')
          if (checkPath(path, system) !== null) return
          for (const name of path.split('/')) expect(name).to.not.be.oneOf(['', '.', '..'])
          expect(path).to.not.include('\0')
          if (system === 'windows') expect(path).to.not.match(/[\\:]/)
        },
      ),
    )
  })

  it('print with what could hide or reorder text spelt out', () => {
    expect(printable('invoice\u202egpj.exe')).to.equal('invoice\\u{202e}gpj.exe')
    expect(printable('a\x1b[2Jb\r\n')).to.equal('a\\u{1b}[2Jb\\u{d}\\u{a}')
    expect(printable('\0\x7f\x9f')).to.equal('\\u{0}\\u{7f}\\u{9f}')
    expect(printable('\u2028\u2029\u061c\u200e\u200f\u2066\u2069')).to.equal(
      '\\u{2028}\\u{2029}\\u{61c}\\u{200e}\\u{200f}\\u{2066}\\u{2069}',
    )
    expect(printable('\ud800')).to.equal('\\u{d800}')
    for (const kept of ['Foo 1.txt', '??? ä 😀', 'C:\\x', '日本語', '', 'e\u0301']) {
      expect(printable(kept)).to.equal(kept)
    }
  })
})
