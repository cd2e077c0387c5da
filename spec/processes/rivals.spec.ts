import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'chai'
import { Onlooker } from '../support/onlooker.ts'
import { Stage } from '../support/processes.ts'
import { cargo, sha256 } from '../support/voyage.ts'

const SIZE_BYTES = 10_000_000
const LIMIT_BYTES_PER_S = 4_000_000

describe('two real processes that write one target at once', () => {
  it('one stores its file whole, the other is told', () =>
    Stage.set(async (stage) => {
      const { server, port } = await stage.serve()
      const files = [cargo(SIZE_BYTES, 1), cargo(SIZE_BYTES, 2)]
      await Promise.all(files.map((bytes, i) => stage.write('home', `${i}.bin`, bytes)))
      const options = ['--limit', LIMIT_BYTES_PER_S, '--as', 'target.bin']
      const puts = files.map((_, i) => stage.run('put', '127.0.0.1', port, ...options, `${i}.bin`))
      const first = await Promise.race(puts.map(async ({ ended }, i) => ended.then(() => i)))
      const loser = puts[first]!
      const winner = puts[1 - first]!
      const bytes = files[1 - first]!
      const onlooker = new Onlooker(join(stage.root, 'target.bin'), bytes)

      expect(await loser.ended, loser.said).to.equal(7)
      expect(loser.said).to.match(/target\.bin is being written by another session/)
      expect(await winner.ended, winner.said).to.equal(0)
      expect(onlooker.leave()).to.have.property('partial', null)
      expect(sha256(await readFile(join(stage.root, 'target.bin')))).to.equal(sha256(bytes))
      expect(await readdir(stage.root)).to.deep.equal(['target.bin'])
      expect(server.said.match(/ put target\.bin from /g)).to.have.length(2)
    })).timeout(30_000)

  it('the second to fetch another file to one target is told at once', () =>
    Stage.set(async (stage) => {
      const { port } = await stage.serve()
      const files = [cargo(SIZE_BYTES, 1), cargo(SIZE_BYTES, 2)]
      await Promise.all(files.map((bytes, i) => stage.write('root', `${i}.bin`, bytes)))
      const options = ['--limit', LIMIT_BYTES_PER_S, '--as', 'target.bin']
      const gets = files.map((_, i) => stage.run('get', '127.0.0.1', port, ...options, `${i}.bin`))
      const first = await Promise.race(gets.map(async ({ ended }, i) => ended.then(() => i)))
      const loser = gets[first]!
      expect(await readdir(stage.home)).to.not.include('target.bin')
      expect(await loser.ended, loser.said).to.equal(7)
      expect(loser.said).to.match(/target\.bin is being written by another session/)

      const winner = gets[1 - first]!
      expect(await winner.ended, winner.said).to.equal(0)
      const target = await readFile(join(stage.home, 'target.bin'))
      expect(sha256(target)).to.equal(sha256(files[1 - first]!))
      expect(await readdir(stage.home)).to.deep.equal(['target.bin'])
    })).timeout(30_000)
})
