import { expect } from 'chai'
import { barChart } from './chart.ts'
import { type Results, resultsText } from './results.ts'
import { median } from './rounds.ts'
import { markdownTable } from './table.ts'
import { cpuSecondsOf, timed } from './timed.ts'

const results: Results = {
  title: 'A crossing',
  unit: 'MB/s',
  columns: ['CPU s/GiB'],
  rows: [
    { case: 'ferrygram put', figure: 123.4, target: 90, more: ['1.5'] },
    { case: 'scp', figure: null },
  ],
  notes: ['Calm sea.'],
}

describe('what a bench writes', () => {
  it('is a table with a cell for each heading, absent cases named', () => {
    const lines = resultsText(results).split('\n')
    expect(lines).to.include('| ferrygram put | 123 | 90.0 | 1.5 |')
    expect(lines).to.include('| scp | absent |  |  |')
    expect(lines).to.include('Calm sea.')
    expect(lines[0]).to.include(process.versions.node)
  })

  it('keeps a bar of a cell from being a column', () => {
    expect(markdownTable(['a', 'b'], [['x|y', '1']])).to.equal(
      '| a | b |\n| --- | ---: |\n| x\\|y | 1 |',
    )
  })

  it('is a chart on one scale, with marks where targets are, and text that stays text', () => {
    const svg = barChart('<fast>', [
      { label: 'ferrygram', value: 50, target: 100 },
      { label: 'scp', value: 25 },
    ])
    expect(
      [...svg.matchAll(/<rect x="260" y="\d+" width="([\d.]+)"/g)].map(([, w]) => w),
    ).to.deep.equal(['200.0', '100.0'])
    expect(svg.match(/<line x1="660.0"/g)).to.have.length(1)
    expect(svg).to.include('&lt;fast&gt;').and.not.include('<fast>')
  })

  it('is a chart of nothing, too', () => {
    expect(barChart('none', [])).to.not.match(/NaN|Infinity/)
  })

  it('judges by the median', () => {
    expect(median([9, 1, 2])).to.equal(2)
    expect(median([4, 1, 3, 2])).to.equal(2.5)
    expect(() => median([])).to.throw('nothing')
  })

  it('reads what a shell’s children took, and not what the shell did', () => {
    expect(cpuSecondsOf('0m9.00s 0m9.00s\n1m1.25s 0m0.50s\n')).to.equal(61.75)
    expect(cpuSecondsOf('')).to.be.NaN
  })

  it('takes a failed command for no measurement', async () => {
    const failed = await timed([process.execPath, '-e', 'process.exit(3)']).catch(String)
    expect(failed).to.match(/failed \(3\)/)
  })
})
