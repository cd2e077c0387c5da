import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { barChart } from './chart.ts'
import { Daemon } from './daemon.ts'
import { haveEqualBytes } from './equal.ts'
import { type Results, resultsText } from './results.ts'
import { inTurns, median } from './rounds.ts'
import { simulatedResults } from './simulated-results.ts'
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

  it('measures in turns, there and back', async () => {
    const order: string[] = []
    const run = (name: string) => async () => order.push(name)
    const contenders = ['a', 'b'].map((name) => ({ name, run: run(name) }))
    const taken = await inTurns(contenders, 3)
    expect(order.join('')).to.equal('abbaab')
    expect([...taken]).to.deep.equal([
      ['a', [1, 4, 5]],
      ['b', [2, 3, 6]],
    ])
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

  it('is of simulated paths in percent, and tells of recoveries below', () => {
    const wire = { wire: 1.0512, overhead: 1.0407, back: 0.004 }
    const crossed = { ...wire, tailDrops: 0.0005, repeated: 0, rttP95: 1.4 }
    const share = { of: 'share', min: 0.9 } as const
    const recovery = { of: 'recovery', msMax: 250 } as const
    const simulated = simulatedResults([
      { name: '1 % lost', aim: share, median: 0.912, worst: 0.9, isMet: true, crossed },
      { name: 'Halves', aim: recovery, median: 300, worst: 320.4, isMet: false, crossed: null },
    ])
    const lines = resultsText(simulated).split('\n')
    expect(lines).to.include(
      '| 1 % lost | 91.2 | 90.0 | 90.0 | yes | 1.051 | 1.041 | 0.40 | 0.05 | 0.00 | 1.40 |',
    )
    expect(lines).to.include('Halves: 300 ms (worst 320, target 250).')
    expect(simulated.rows).to.have.length(1)
  })

  it('compares copies to the last byte', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ferrygram-results-'))
    try {
      const written = async (name: string, bytes: Buffer) => {
        await writeFile(join(folder, name), bytes)
        return join(folder, name)
      }
      // More than is read at once.
      const bytes = Buffer.alloc(2 ** 20 + 3, 'tide')
      const file = await written('file', bytes)
      expect(await haveEqualBytes(file, await written('same', bytes))).to.equal(true)
      bytes[2 ** 20 + 2]! ^= 1
      expect(await haveEqualBytes(file, await written('other', bytes))).to.equal(false)
      expect(await haveEqualBytes(file, await written('short', bytes.subarray(0, -1)))).to.equal(
        false,
      )
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('leaves nothing running that does not serve', async () => {
    const command = [process.execPath, '-e', 'console.log(process.pid); setInterval(() => {}, 9e5)']
    const daemon = new Daemon(command)
    const pid = Number(await daemon.says(/(\d+)/))
    expect(await daemon.until(async () => false, 50).catch(String)).to.match(/does not serve/)
    expect(() => process.kill(pid, 0)).to.throw('ESRCH')
    const absent = new Daemon(['no-such-program-at-all'])
    expect(await absent.says(/(x)/).catch(String)).to.match(/does not serve: .*ENOENT/)
  })

  it('takes a failed command for no measurement', async () => {
    const failed = await timed([process.execPath, '-e', 'process.exit(3)']).catch(String)
    expect(failed).to.match(/failed \(3\)/)
  })
})
