import { execFileSync } from 'node:child_process'
import { expect } from 'chai'
import { shellQuoted } from '../../cli/command-line.ts'

const words = [
  'plain-name_1.txt',
  'two words',
  "it's",
  '$HOME `id` "x" \\ * ?',
  '',
  '~',
  'new\nline and \u001b[2J',
  'bidi \u202e\u2066 ü 文',
  "both ' and \u0007 \\ 7",
]

describe('shell quoting', () => {
  it('leaves alone what needs none', () => {
    expect(shellQuoted('a/b-1.5_c@d:e=f', 'linux')).to.equal('a/b-1.5_c@d:e=f')
  })

  for (const word of words) {
    it(`keeps ${JSON.stringify(word)} for a shell, and off the terminal`, () => {
      const quoted = shellQuoted(word, 'linux')
      expect(quoted).not.to.match(/[\p{Cc}\p{Bidi_Control}]/u)
      if (process.platform === 'win32') return
      const read = execFileSync('bash', ['-c', `printf %s ${quoted}`], { encoding: 'utf8' })
      expect(read).to.equal(word)
    })
  }

  it('uses double quotes on Windows', () => {
    expect(shellQuoted('a b', 'win32')).to.equal('"a b"')
    expect(shellQuoted('C:\\x\\y.txt', 'win32')).to.equal('C:\\x\\y.txt')
  })
})
