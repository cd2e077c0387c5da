import { expect } from 'chai'
import { digest, digestVerdict, sinceMs } from '../../../adapters/trace/digest.ts'
import { FailureError } from '../../../machines/failures.ts'

class Handle {
  readonly secret = 'canary'
}

describe('a digest', () => {
  it('writes plain data as it is, and moments from the origin', () => {
    const event = { type: 'x', atMs: 12.5, sample: { rttMinAtMs: 11, rttMs: 7 }, list: [1, null] }
    expect(digest(event, 10)).to.deep.equal({
      type: 'x',
      atMs: 2.5,
      sample: { rttMinAtMs: 1, rttMs: 7 },
      list: [1, null],
    })
    expect(sinceMs(0.3, 0.1)).to.equal(0.2)
  })

  it('sums up the columns of a burst', () => {
    const data = {
      count: 4,
      packetNumbers: Float64Array.of(9, 7, 8, 12, 99),
      records: Float64Array.of(3, 1, 2, 7, 50),
      offsets: new Uint32Array(5),
      lengths: Uint32Array.of(10, 20, 30, 40, 50),
      slices: new Handle(),
    }
    expect(digest({ data }, 0)).to.deep.equal({
      data: { count: 4, firstPacket: 7, lastPacket: 12, records: [1, 3, 7, 7], bytes: 100 },
    })
    expect(digest({ data: { ...data, count: 0 } }, 0)).to.deep.equal({ data: null })
  })

  it('leaves out handles and functions, and says only how many bytes there were', () => {
    const event = { ports: new Handle(), run: () => 'canary', key: Buffer.from('canary') }
    expect(digest(event, 0)).to.deep.equal({ key: { bytes: 6 } })
    expect(digest(new FailureError({ kind: 'wrongKey' }), 0)).to.deep.equal({ kind: 'wrongKey' })
  })

  it('keeps only what a verdict says', () => {
    const verdict = {
      limit: 'pacing',
      finished: false,
      wanted: null,
      completed: [],
      accepted: Uint8Array.of(1, 0, 1),
    }
    expect(digestVerdict(verdict, 0)).to.deep.equal({ limit: 'pacing', accepted: 2 })
  })

  const circular: Record<string, unknown> = {}
  circular['self'] = [circular, circular]
  const wide = Array.from({ length: 3_000 }, () => Array(3_000).fill({ a: { b: 'x' } }))
  const hostile: readonly (readonly [string, unknown])[] = [
    ['circular', circular],
    ['wide', wide],
    ['long', 'x'.repeat(10_000_000)],
    ['long-named', { ['x'.repeat(1_000_000)]: 1 }],
    ['infinite', [Number.NaN, Number.POSITIVE_INFINITY, 10n ** 30n, -0]],
    [
      'throwing',
      {
        get a() {
          throw new Error('no')
        },
      },
    ],
    [
      'proxied',
      new Proxy(
        {},
        {
          ownKeys: () => {
            throw new Error('no')
          },
        },
      ),
    ],
    ['prototype', JSON.parse('{"__proto__":{"toJSON":1},"toJSON":2}')],
    ['half a pair', '\ud800'],
    ['nothing', undefined],
  ]
  for (const [name, value] of hostile) {
    it(`is small and finite of what is ${name}`, () => {
      const text = JSON.stringify([digest(value, 0), digestVerdict({ value }, 0)])
      expect(text).to.have.length.below(50_000)
      expect(JSON.parse(text)).to.have.length(2)
    })
  }
})
