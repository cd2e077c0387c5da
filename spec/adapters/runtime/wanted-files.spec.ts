import { expect } from 'chai'
import { createMemoryFolder } from '../../../adapters/files/memory-folder.ts'
import { SessionFiles } from '../../../adapters/runtime/session-files.ts'
import { SessionStream } from '../../../adapters/runtime/session-stream.ts'
import { WantedFiles } from '../../../adapters/runtime/wanted-files.ts'
import { decodeNames, encodeFindings, encodeManifest } from '../../../adapters/wire/codec.ts'
import type { FileEvent } from '../../../machines/events.ts'
import type { Failure } from '../../../machines/failures.ts'
import { ENTRIES_MAX, RECORD_BYTES, RECORDS_MAX } from '../../../machines/limits.ts'
import type { Finding } from '../../../machines/messages.ts'
import { cargo } from '../../support/voyage.ts'

/** A get of several files, as far as a server can tell it anything. */
class Getting {
  readonly folder = createMemoryFolder()
  readonly events: FileEvent[] = []
  readonly wanted: WantedFiles
  readonly #files: SessionFiles

  constructor(...names: readonly string[]) {
    const all = names.map((name) => ({ name, as: name.split('/').at(-1)! }))
    this.wanted = new WantedFiles(all, { replace: false, checksum: false })
    const stream = new SessionStream(() => null)
    stream.events$.subscribe((event) => this.events.push(event as FileEvent))
    this.#files = new SessionFiles(this.folder, stream)
  }

  async names(): Promise<unknown> {
    const source = this.wanted.names()
    return decodeNames(await source.read(0, source.entry.sizeBytes))
  }

  /** Says that a manifest follows, which then does not. */
  announce(manifestBytes: number): void {
    this.wanted.receive(manifestBytes, this.#files)
  }

  /** Brings a manifest, and behind it `bytes`. */
  async tell(manifest: Buffer, bytes: Buffer = Buffer.alloc(0)): Promise<void> {
    this.wanted.receive(manifest.length, this.#files)
    for (let at = 0; at < manifest.length; at += RECORD_BYTES) {
      await this.#files.batch?.write(at, manifest.subarray(at, at + RECORD_BYTES))
    }
    if (bytes.length > 0) await this.#files.batch?.write(manifest.length, bytes)
    await this.#files.commit()
  }
}

const failureOf = (work: Promise<unknown>): Promise<Failure> =>
  work.then(
    () => expect.fail('did not reject'),
    (error) => error.failure,
  )
const found = (sizeBytes: number): Finding => ({ sizeBytes, mtimeUs: 5 })

describe('WantedFiles', () => {
  it('asks for each that may be asked for, once a target', async () => {
    const getting = new Getting('a', 'd/a', '../b', 'b', '', 'x'.repeat(701))
    expect(await getting.names()).to.deep.equal({ value: ['a', 'b'] })
    const { failures } = getting.wanted
    expect([...failures.keys()]).to.deep.equal([1, 2, 4, 5])
    for (const { kind } of failures.values()) expect(kind).to.equal('badName')
  })

  it('stores what is found, by the names that were asked for', async () => {
    const getting = new Getting('a', 'd/b', 'c')
    const missing: Failure = { kind: 'noSuchFile', path: 'whatever the server calls it' }
    await getting.tell(encodeFindings([found(0), missing, found(3)]), cargo(3))
    expect(getting.folder.paths()).to.deep.equal(['a', 'c'])
    expect(getting.wanted.places).to.deep.equal([0, 2])
    expect([...getting.wanted.failures]).to.deep.equal([[1, { kind: 'noSuchFile', path: 'd/b' }]])
  })

  const unasked: Failure = {
    kind: 'protocolViolated',
    what: 'the manifest does not answer what was asked',
  }
  const named = encodeManifest([
    { path: 'a', sizeBytes: 0, mtimeUs: 5 },
    { path: '../../etc/passwd', sizeBytes: 0, mtimeUs: 5 },
  ])
  for (const [what, manifest] of [
    ['more entries than were asked for', encodeFindings([found(0), found(0), found(0)])],
    ['fewer', encodeFindings([found(0)])],
    ['none', encodeFindings([])],
    ['as many as there may be', encodeFindings(Array(ENTRIES_MAX).fill(found(0)))],
    ['names of its own', named],
    ['nothing that decodes', Buffer.from('ff', 'hex')],
  ] as const) {
    it(`refuses a manifest of ${what}, and touches nothing`, async () => {
      const getting = new Getting('a', 'b')
      expect(await failureOf(getting.tell(manifest))).to.deep.equal(unasked)
      expect(getting.folder.paths()).to.deep.equal([])
      expect(getting.events).to.deep.equal([])
    })
  }

  it('refuses more records than there can be', async () => {
    const most = found(RECORDS_MAX * RECORD_BYTES)
    const failure = await failureOf(new Getting('a', 'b').tell(encodeFindings([most, most])))
    expect(failure).to.deep.equal({
      kind: 'protocolViolated',
      what: 'more records than there can be',
    })
  })

  it('looks anew at what another session tells, and owns what the earlier one stored', async () => {
    const getting = new Getting('a', 'b', 'c')
    getting.folder.set('c', cargo(2), 5)
    await getting.tell(encodeFindings([found(0), found(3), found(2)]))
    expect(getting.folder.paths()).to.deep.equal(['a', 'c'])
    getting.announce(100)
    await getting.tell(encodeFindings([found(0), found(3), found(2)]), cargo(3))
    expect(getting.folder.paths()).to.deep.equal(['a', 'b', 'c'])
    const { wanted } = getting
    expect([0, 1, 2].map((entry) => wanted.resultOf(entry)?.kind)).to.deep.equal([
      'identical',
      undefined,
      'identical',
    ])
    expect([0, 1, 2].map((entry) => wanted.mayHaveMoved(entry))).to.deep.equal([true, false, false])
  })
})
