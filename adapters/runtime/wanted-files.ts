import { type Failure, FailureError, type FailureKind } from '../../machines/failures.ts'
import { ENTRIES_MAX, MANIFEST_BYTES_MAX } from '../../machines/limits.ts'
import type { Entry, EntryResult } from '../../machines/messages.ts'
import type { Source } from '../files/folder.ts'
import { checkPath } from '../files/names.ts'
import { decodeFindings, encodeNames } from '../wire/codec.ts'
import { nameless } from './batch-results.ts'
import type { BatchSink } from './batch-sink.ts'
import { tooLong, twin } from './batch-source.ts'
import { manifestSource } from './manifest.ts'
import type { SessionFiles } from './session-files.ts'
import { type Moved, named } from './several.ts'

/** What fails a file at the server alone: its name there tells which. */
const OF_SOURCES: ReadonlySet<FailureKind> = new Set(['sourceChanged', 'noSuchFile'])

/** A file that is wanted. */
export interface Wanted {
  /** Its path at the server. */
  readonly name: string
  /** Where it is stored. */
  readonly as: string
}

/** How files that are wanted are stored. */
export interface Storing {
  readonly replace: boolean
  /** Compare contents even where size and modification time agree. */
  readonly checksum: boolean
}

/** The files that a get of several asks for, and what is found and stored of them. */
export class WantedFiles implements Moved {
  /** What the server said it cannot send, and what it was not asked for; by place among them all. */
  readonly failures = new Map<number, Failure>()
  /** Which of them each entry is. */
  readonly places: number[] = []
  readonly entries: Entry[] = []
  readonly #wanted: readonly Wanted[]
  /** Places of those it asks for. */
  readonly #asked: number[] = []
  /** Places of those that an earlier session of this get may have stored. */
  readonly #begun = new Set<number>()
  readonly #storing: Storing
  #sink: BatchSink | null = null
  /** What earlier sessions still have open. */
  #lettingGo: Promise<unknown> = Promise.resolve()

  constructor(wanted: readonly Wanted[], storing: Storing) {
    this.#wanted = wanted
    this.#storing = storing
    const targets = new Set<string>()
    for (const [place, { name, as }] of wanted.entries()) {
      const failure = checkPath(name, 'posix') ?? (targets.has(as) ? twin(as) : null)
      if (failure !== null) {
        this.failures.set(place, failure)
        continue
      }
      targets.add(as)
      this.#asked.push(place)
    }
  }

  /** Their names, to be sent. Throws a FailureError when they are too many. */
  names(): Source {
    const bytes = encodeNames(this.#asked.map((place) => this.#wanted[place]!.name))
    if (this.#asked.length > ENTRIES_MAX || bytes.length > MANIFEST_BYTES_MAX) throw tooLong()
    return manifestSource(this.#asked.length === 0 ? Buffer.alloc(0) : bytes)
  }

  /** Gets ready for what the server sends in this session; an earlier one is let go of. */
  receive(manifestBytes: number, files: SessionFiles): void {
    const lettingGo = Promise.all([this.#lettingGo, this.#sink?.suspend()])
    this.#lettingGo = lettingGo
    for (const [entry, place] of this.places.entries()) {
      if (this.#sink?.hasBegun(entry)) this.#begun.add(place)
    }
    this.#sink = files.openBatch(
      { manifestBytes, ...this.#storing },
      async () => {},
      async (bytes) => {
        await lettingGo
        return this.#read(bytes)
      },
    )
  }

  /** What became of an entry that was not just stored. */
  resultOf(entry: number): EntryResult | undefined {
    const result = this.#sink?.resultOf(entry)
    if (result?.kind !== 'failed' || !OF_SOURCES.has(result.failure.kind)) return result
    const { name } = this.#wanted[this.places[entry]!]!
    return { kind: 'failed', failure: named(result.failure, name) }
  }

  /** Whether an entry that is here may be so because an earlier session brought it. */
  mayHaveMoved(entry: number): boolean {
    return this.#begun.has(this.places[entry]!)
  }

  /** Only what was asked for can be told of: the manifest bears no names. */
  #read(bytes: Buffer): readonly Entry[] {
    const decoded = decodeFindings(bytes)
    if ('malformed' in decoded || decoded.value.length !== this.#asked.length) {
      const what = 'the manifest does not answer what was asked'
      throw new FailureError({ kind: 'protocolViolated', what })
    }
    this.entries.length = this.places.length = 0
    for (const [i, finding] of decoded.value.entries()) {
      const place = this.#asked[i]!
      const { name, as } = this.#wanted[place]!
      this.failures.delete(place)
      if ('kind' in finding) this.failures.set(place, named(nameless(finding), name))
      else {
        this.entries.push({ path: as, ...finding })
        this.places.push(place)
      }
    }
    return this.entries
  }
}
