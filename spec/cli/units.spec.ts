import { expect } from 'chai'
import {
  formatDuration,
  formatRate,
  formatSize,
  parseDuration,
  parseRate,
  parseSize,
} from '../../cli/units.ts'

describe('units', () => {
  const sizes: readonly (readonly [string, number | null])[] = [
    ['0', 0],
    ['500', 500],
    ['500B', 500],
    ['40k', 40e3],
    ['40MB', 40e6],
    ['1.5GiB', 1.5 * 2 ** 30],
    ['1Ki', 1024],
    ['2 TB', 2e12],
    ['', null],
    ['MB', null],
    ['-1', null],
    ['1e9', null],
    ['40Mb', null],
    ['40MB/s', null],
    ['100Mbit', null],
    ['1.MB', null],
    ['40MBs', null],
  ]
  for (const [text, sizeBytes] of sizes) {
    it(`reads the size "${text}" as ${sizeBytes}`, () => {
      expect(parseSize(text)).to.equal(sizeBytes)
    })
  }

  const rates: readonly (readonly [string, number | null])[] = [
    ['500', 500],
    ['40MB', 40e6],
    ['40MB/s', 40e6],
    ['40m', 40e6],
    ['100Mbit', 12.5e6],
    ['100Mbit/s', 12.5e6],
    ['1Gibit', 2 ** 30 / 8],
    ['100Mb', null],
    ['fast', null],
    ['10/s', 10],
    ['10/min', null],
  ]
  for (const [text, bytesPerS] of rates) {
    it(`reads the rate "${text}" as ${bytesPerS}`, () => {
      expect(parseRate(text)).to.equal(bytesPerS)
    })
  }

  const durations: readonly (readonly [string, number | null])[] = [
    ['60', 60_000],
    ['60s', 60_000],
    ['2m', 120_000],
    ['500ms', 500],
    ['1.5h', 5_400_000],
    ['2d', null],
    ['', null],
    ['-2s', null],
  ]
  for (const [text, ms] of durations) {
    it(`reads the time "${text}" as ${ms}`, () => {
      expect(parseDuration(text)).to.equal(ms)
    })
  }

  it('writes sizes, rates and times', () => {
    expect(formatSize(0)).to.equal('0 B')
    expect(formatSize(1_500_000)).to.equal('1.5 MB')
    expect(formatRate(12_500_000)).to.equal('12.5 MB/s')
    expect(formatDuration(1_500)).to.equal('1.5s')
    expect(formatDuration(59_000)).to.equal('59s')
    expect(formatDuration(80_400)).to.equal('1m 20s')
  })
})
