import { BehaviorSubject, NEVER, of, Subject } from 'rxjs'
import type {
  Ferrygram,
  FileOutcome,
  GetOptions,
  Peer,
  Progress,
  PutOptions,
  Running,
  ServeOptions,
  Server,
  ServerReport,
  SessionOptions,
  Stored,
} from '../../../adapters/runtime/api.ts'
import type { FailureKind, Outcome } from '../../../machines/failures.ts'
import type { Entry } from '../../../machines/messages.ts'

export interface Call {
  readonly verb: string
  readonly peer?: Peer
  readonly path?: string
  readonly paths?: readonly string[]
  readonly options: PutOptions | GetOptions | SessionOptions | ServeOptions
}

type Answer<Ok> = Outcome<Ok> | ((call: Call) => Outcome<Ok> | Promise<Outcome<Ok>>)

/** The API with outcomes decided by the spec; it notes every call. */
export interface FakeFerrygram extends Ferrygram {
  readonly calls: Call[]
  readonly reports$: Subject<ServerReport>
  readonly server: { drained: number; stopped: number; close(): void }
  put$: Answer<Stored>
  get$: Answer<Stored>
  list$: Answer<{ readonly entries: readonly Entry[] }>
  exit$: Answer<{ readonly waitedFor: number }>
  serve$: () => Promise<void>
}

const STEP: Progress = {
  atMs: 0,
  doneBytes: 5,
  totalBytes: 10,
  lossShare: 0.01,
  rttMs: 20,
  state: 'pacing',
}

export function fakeFerrygram(): FakeFerrygram {
  const closed = new Subject<void>()
  const whenClosed = new Promise<void>((resolve) => closed.subscribe(resolve))
  const close = () => closed.next()
  const fake: FakeFerrygram = {
    calls: [],
    reports$: new Subject(),
    server: { drained: 0, stopped: 0, close },
    put$: ({ path = '' }) => stored(path.split('/').at(-1)!),
    get$: ({ path }) => stored(`received_${path}`),
    list$: { ok: { entries: [] } },
    exit$: { ok: { waitedFor: 0 } },
    serve$: async () => {},
    put: (peer, path, options) =>
      running(fake.put$, note({ verb: 'put', peer, path, options }), new BehaviorSubject(STEP)),
    putAll: (peer, paths, options) =>
      running(
        async (call) => eachOf(fake.put$, call, paths),
        note({ verb: 'putAll', peer, paths, options }),
        new BehaviorSubject(STEP),
      ),
    get: (peer, path, options) =>
      running(fake.get$, note({ verb: 'get', peer, path, options }), new BehaviorSubject(STEP)),
    getAll: (peer, paths, options) =>
      running(
        async (call) => eachOf(fake.get$, call, paths),
        note({ verb: 'getAll', peer, paths, options }),
        new BehaviorSubject(STEP),
      ),
    list: (peer, options) => running(fake.list$, note({ verb: 'list', peer, options }), NEVER),
    exit: (peer, options) =>
      running(fake.exit$, note({ verb: 'exit', peer, options }), of({ sessions: 2 })),
    async serve(port, options) {
      note({ verb: 'serve', options })
      await fake.serve$()
      const server: Server = {
        host: options.host ?? '0.0.0.0',
        port: port || 40_000,
        reports$: fake.reports$,
        drain() {
          fake.server.drained++
          if (options.host === '127.0.0.1') close()
        },
        stop() {
          fake.server.stopped++
          close()
        },
        closed: whenClosed,
      }
      return server
    },
  }
  function note(call: Call): Call {
    fake.calls.push(call)
    return call
  }
  return fake
}

/** A session that ends as `cancelled` when its signal aborts, and not before. */
export function untilCancelled({ options }: Call): Promise<Outcome<never>> {
  const { signal } = options as SessionOptions
  return new Promise((resolve) =>
    signal?.addEventListener('abort', () => resolve({ failed: { kind: 'cancelled' } })),
  )
}

/** What ends the session of several files, and not just one of them. */
const OF_SESSIONS: readonly FailureKind[] = ['cancelled', 'linkLost', 'noAnswer']

/** What becomes of each of several files. */
async function eachOf(
  answer: Answer<Stored>,
  call: Call,
  paths: readonly string[],
): Promise<Outcome<{ readonly files: readonly FileOutcome[] }>> {
  const files: FileOutcome[] = []
  for (const path of paths) {
    const outcome = await (typeof answer === 'function' ? answer({ ...call, path }) : answer)
    if ('failed' in outcome && OF_SESSIONS.includes(outcome.failed.kind)) return outcome
    files.push({ path, outcome })
  }
  return { ok: { files } }
}

function stored(path: string): Outcome<Stored> {
  return { ok: { path, sizeBytes: 10, alreadyThere: false } }
}

function running<Ok, Step>(
  answer: Answer<Ok>,
  call: Call,
  progress$: Running<Ok, Step>['progress$'],
): Running<Ok, Step> {
  const outcome = Promise.resolve(typeof answer === 'function' ? answer(call) : answer)
  return { outcome, progress$, closed: outcome.then(() => undefined) }
}
