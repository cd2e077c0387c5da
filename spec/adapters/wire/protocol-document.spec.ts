import { createCipheriv, hkdfSync } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { expect } from 'chai'
import * as limits from '../../../machines/limits.ts'
import { goldenVectors } from './golden.ts'

const root = new URL('../../../', import.meta.url)
const committed = JSON.parse(
  readFileSync(new URL('golden-vectors.json', import.meta.url), 'utf8'),
) as ReturnType<typeof goldenVectors>
const document = readFileSync(new URL('PROTOCOL.md', root), 'utf8')

describe('PROTOCOL.md', () => {
  it('quotes every golden vector verbatim', () => {
    const squeezed = document.replace(/\s/g, '')
    const vectors = leavesOf(committed).filter((leaf) => /^[0-9a-f]+$/.test(leaf))
    expect(vectors).to.have.length.above(30)
    for (const vector of vectors) expect(squeezed.includes(vector), vector).to.equal(true)
  })

  it('numbers its rules without a gap', () => {
    const numbers = [...document.matchAll(/^- \*\*R(\d+)\.\*\*/gm)].map(([, number]) =>
      Number(number),
    )
    expect(numbers).to.deep.equal(numbers.map((_, i) => i + 1))
    expect(numbers).to.have.length.above(40)
  })

  it('states the limits the code has', () => {
    const rows = [...document.matchAll(/^\| `([A-Z_]+)` +\| (\S.*?) +\|$/gm)]
    expect(rows).to.have.length.above(8)
    for (const [, name, shown] of rows) {
      const value = shown === '2³²' ? 2 ** 32 : Number(shown!.replaceAll(' ', ''))
      expect(Object.entries(limits)).to.deep.include([name, value])
    }
  })

  it('has every rule and heading that code cites', () => {
    const cited = sources().flatMap((text) => [
      ...text.replace(/\s+\*?\s*/g, ' ').matchAll(/PROTOCOL (R\d+|"[^"]+")/g),
    ])
    expect(cited).to.have.length.above(10)
    for (const [, place] of cited) {
      const mark = place!.startsWith('"') ? `# ${place!.slice(1, -1)}\n` : `**${place}.**`
      expect(document.includes(mark), place).to.equal(true)
    }
  })
})

describe('golden vectors', () => {
  it('are what the code makes', () => {
    expect(goldenVectors()).to.deep.equal(committed)
  })

  it('follow from the split by plain HKDF, CTR and GCM', () => {
    const { client, handshakeHash, tokens, controls, recordPlain, recordSealed } = committed
    for (const purpose of ['records', 'control', 'token'] as const) {
      const key = hkdfSync(
        'sha256',
        hex(client.secret),
        hex(handshakeHash),
        `ferrygram 1 ${purpose}`,
        32,
      )
      expect(Buffer.from(key).toString('hex')).to.equal(client[purpose])
    }
    const stream = createCipheriv('aes-256-ctr', hex(client.token), Buffer.alloc(16))
    const bytes = stream.update(Buffer.alloc(4 * 16_385))
    for (const number of [0, 1, 16_384]) {
      expect(bytes.toString('hex', 4 * number, 4 * number + 4)).to.equal(tokens[number])
    }
    expect(gcm(client.records, '000000030000000000000000', '', recordPlain)).to.equal(recordSealed)
    const { cbor, datagram } = controls[5]!
    const header = datagram.slice(0, 34)
    const body = gcm(client.control, '000000040000000000000005', header, cbor)
    expect(header + body).to.equal(datagram)
  })
})

function gcm(key: string, nonce: string, header: string, plain: string): string {
  const cipher = createCipheriv('aes-256-gcm', hex(key), hex(nonce)).setAAD(hex(header))
  return (
    cipher.update(plain, 'hex', 'hex') + cipher.final('hex') + cipher.getAuthTag().toString('hex')
  )
}

function hex(text: string): Buffer {
  return Buffer.from(text, 'hex')
}

function leavesOf(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(leavesOf) : []
}

function sources(): string[] {
  return ['machines', 'adapters', 'cli'].flatMap((folder) => {
    const names = readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
    return names
      .filter((name) => name.endsWith('.ts'))
      .map((name) => readFileSync(new URL(`${folder}/${name}`, root), 'utf8'))
  })
}
