import { EventEmitter } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import type { Io } from '../../../cli/io.ts'

/** A process that is none: folders of its own, streams in memory, signals sent by hand. */
export interface FakeIo extends Io {
  readonly stdin: PassThrough & { isTTY?: boolean }
  readonly env: { FERRYGRAM_KEY?: string; NO_COLOR?: string; TERM?: string }
  /** What was written so far. */
  readonly out: () => string
  readonly err: () => string
  /** The codes the process was ended with at once. */
  readonly exits: number[]
  signal(signal: 'SIGINT' | 'SIGTERM'): void
  /** Listeners for signals that are still there. */
  listening(): number
  remove(): Promise<void>
}

export async function fakeIo({ terminal = false } = {}): Promise<FakeIo> {
  const folder = await mkdtemp(join(tmpdir(), 'ferrygram-cli-'))
  const signals = new EventEmitter()
  const stdout = new PassThrough()
  const stderr = new PassThrough()
  const out = gather(stdout)
  const err = gather(stderr)
  const exits: number[] = []
  return {
    stdin: Object.assign(new PassThrough(), terminal && { isTTY: true }),
    stdout,
    stderr: Object.assign(stderr, { columns: 200 }, terminal && { isTTY: true }),
    env: {},
    currentFolder: folder,
    configFolder: join(folder, 'config'),
    onSignal(listener) {
      signals.on('signal', listener)
      return () => signals.off('signal', listener)
    },
    exit: (code) => exits.push(code),
    out,
    err,
    exits,
    signal: (signal) => signals.emit('signal', signal),
    listening: () => signals.listenerCount('signal'),
    remove: () => rm(folder, { recursive: true }),
  }
}

function gather(stream: PassThrough): () => string {
  let text = ''
  stream.on('data', (chunk: Buffer) => {
    text += chunk.toString()
  })
  return () => text
}
