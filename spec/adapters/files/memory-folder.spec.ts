import { expect } from 'chai'
import sinon from 'sinon'
import { createMemoryFolder } from '../../../adapters/files/memory-folder.ts'
import type { Failure } from '../../../machines/failures.ts'
import { RECORD_BYTES, UNSYNCED_BYTES_MAX } from '../../../machines/limits.ts'
import { keepsTheContract } from './contract.ts'
import { takesUpWhereItStopped, writeRecord } from './resume-contract.ts'
import { entryOf, failureOf, someBytes } from './support.ts'

describe('memory folder', () => {
  keepsTheContract(async (options) => {
    const folder = createMemoryFolder({}, options)
    return {
      folder,
      set: async (path, bytes, mtimeUs) => folder.set(path, bytes, mtimeUs),
      bytes: async (path) => folder.bytes(path),
      close: async () => {},
    }
  })

  takesUpWhereItStopped(async () => {
    const folder = createMemoryFolder()
    return {
      reopen: async () => folder,
      set: async (path, bytes) => folder.set(path, bytes),
      bytes: async (path) => folder.bytes(path),
      leftovers: async () => folder.resumable().length,
      close: async () => {},
    }
  })

  it('keeps in a crash what was journaled, and frees its targets', async () => {
    const records = Math.ceil(UNSYNCED_BYTES_MAX / RECORD_BYTES)
    const bytes = someBytes((records + 2) * RECORD_BYTES)
    const folder = createMemoryFolder()
    const sinks = [
      await folder.openSink(entryOf('a', bytes), false),
      await folder.openSink(entryOf('b', bytes), false),
    ] as const
    for (let record = 0; record < records; record++) await writeRecord(sinks[0], bytes, record)
    for (let record = 0; record < records - 1; record++) await writeRecord(sinks[1], bytes, record)
    await writeRecord(sinks[0], bytes, records)
    folder.crash()
    expect(folder.resumable()).to.deep.equal(['a'])
    expect(await failureOf(writeRecord(sinks[0], bytes, 0))).to.include({ code: 'EBADF' })
    await sinks[0].suspend()
    const again = await folder.openSink(entryOf('a', bytes), false)
    expect(again.stored).to.deep.equal([0, records - 1])
    expect(await failureOf(again.commit())).to.include({ code: 'SIZE_MISMATCH' })
    await again.suspend()
    const last = await folder.openSink(entryOf('a', bytes), false)
    await writeRecord(last, bytes, records)
    await writeRecord(last, bytes, records + 1)
    await last.commit()
    expect(folder.bytes('a')?.equals(bytes)).to.equal(true)
    expect((await folder.openSink(entryOf('b', bytes), false)).stored).to.deep.equal([])
  })

  it('starts with the files given, copied', async () => {
    const bytes = Buffer.from('abc')
    const folder = createMemoryFolder({ b: bytes, a: Buffer.alloc(0) })
    bytes.fill(0)
    expect(folder.paths()).to.deep.equal(['a', 'b'])
    expect(folder.bytes('b')).to.deep.equal(Buffer.from('abc'))
    expect(folder.bytes('c')).to.equal(undefined)
  })

  it('fails reads and writes when told to, until healed', async () => {
    const failure: Failure = { kind: 'noSpace', path: 'a' }
    const folder = createMemoryFolder({ a: Buffer.from('abc') })
    const source = await folder.openSource('a')
    const sink = await folder.openSink(entryOf('b', 3), false)
    folder.failReads(failure)
    folder.failWrites(failure)
    expect(await failureOf(source.read(0, 3))).to.equal(failure)
    expect(await failureOf(sink.write(0, Buffer.alloc(3)))).to.equal(failure)
    folder.failReads(null)
    folder.failWrites(null)
    await sink.write(0, await source.read(0, 3))
    await sink.commit()
    expect(folder.bytes('b')).to.deep.equal(Buffer.from('abc'))
  })

  it('has no space for what no buffer can hold', async () => {
    const failure = await failureOf(createMemoryFolder().openSink(entryOf('a', 2 ** 40), false))
    expect(failure).to.deep.equal({ kind: 'noSpace', path: 'a' })
  })

  it('needs no clock', async () => {
    const clock = sinon.useFakeTimers()
    try {
      const folder = createMemoryFolder({ a: Buffer.from('abc') })
      const source = await folder.openSource('a')
      const sink = await folder.openSink(entryOf('b', 3), false)
      await sink.write(0, await source.read(0, 3))
      await source.verify()
      await sink.commit()
      expect(folder.bytes('b')).to.deep.equal(Buffer.from('abc'))
      expect(clock.countTimers()).to.equal(0)
    } finally {
      clock.restore()
    }
  })
})
