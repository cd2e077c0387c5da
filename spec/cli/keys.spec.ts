import { expect } from 'chai'
import fc from 'fast-check'
import { formatKey, KEY_BYTES, makeKey, parseKey } from '../../cli/keys.ts'

const anyKey = fc.uint8Array({ minLength: KEY_BYTES, maxLength: KEY_BYTES })

describe('keys', () => {
  it('makes 32 bytes, never twice the same', () => {
    expect(makeKey()).to.have.length(KEY_BYTES)
    expect(Buffer.from(makeKey())).not.to.deep.equal(Buffer.from(makeKey()))
  })

  it('writes 52 characters and 4 of checksum in groups of 4', () => {
    const zeros = formatKey(new Uint8Array(KEY_BYTES))
    // SHA-256 of 32 zero bytes begins 66687aad.
    expect(zeros).to.equal(`${'0000-'.repeat(13)}CSM7`)
    expect(formatKey(new Uint8Array(KEY_BYTES).fill(255))).to.match(/^(ZZZZ-){12}ZZZG-\w{4}$/)
  })

  it('reads back what it writes, however it is copied', () => {
    fc.assert(
      fc.property(anyKey, (key) => {
        const text = formatKey(key)
        const sloppy = ` ${text.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o')}\n`
        for (const form of [text, sloppy, Buffer.from(key).toString('hex')]) {
          expect(Buffer.from(parseKey(form)!)).to.deep.equal(Buffer.from(key))
        }
      }),
    )
  })

  it('notices one wrong character, save for one in a million', () => {
    const text = formatKey(Buffer.from('a5'.repeat(KEY_BYTES), 'hex'))
    for (let at = 0; at < text.length; at++) {
      if (text[at] === '-') continue
      const wrong = text[at] === 'X' ? 'Y' : 'X'
      expect(parseKey(text.slice(0, at) + wrong + text.slice(at + 1)), `at ${at}`).to.equal(null)
    }
  })

  const refused: readonly (readonly [string, string])[] = [
    ['nothing', ''],
    ['one character too few', formatKey(new Uint8Array(KEY_BYTES)).slice(1)],
    ['one character too many', `0${formatKey(new Uint8Array(KEY_BYTES))}`],
    ['a character outside the alphabet', formatKey(new Uint8Array(KEY_BYTES)).replace('0', 'U')],
    ['63 hex digits', 'a'.repeat(63)],
    ['65 hex digits', 'a'.repeat(65)],
  ]
  for (const [what, text] of refused) {
    it(`refuses ${what}`, () => expect(parseKey(text)).to.equal(null))
  }
})
