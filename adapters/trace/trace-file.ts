import { closeSync, openSync, writeSync } from 'node:fs'
import type { InspectionEvent } from 'xstate'
import type { Failure, Outcome } from '../../machines/failures.ts'
import { failureOf } from '../files/errors.ts'
import { recorder } from './recorder.ts'

const CHUNK_CHARACTERS = 64 * 1024
/** Whoever watches the file, or finds it after a crash, is this far behind at most. */
const BEHIND_MS_MAX = 200

/** A trace that goes to a file. */
export interface Trace {
  /** To be given to `createNode`. */
  readonly inspect: (inspection: InspectionEvent) => void
  /** Writes what is left and closes. Returns why the trace is not whole, or null when it is. */
  close(): Failure | null
}

/**
 * Begins the trace of a real run in `file`, which is replaced. It is whole once closed, or once the
 * process exited, however early.
 */
export function openTrace(file: string): Outcome<Trace> {
  let fd: number
  try {
    fd = openSync(file, 'w')
  } catch (cause) {
    return { failed: failureOf(cause, file) }
  }
  const chunks = new Chunks(file, fd)
  const inspect = recorder({ seed: null, write: (line) => chunks.write(line) })
  return { ok: { inspect, close: () => chunks.close() } }
}

/**
 * Writes lines in chunks. Machines cannot be made to wait, so a chunk is written at once: memory
 * stays bounded, nothing is dropped, and what is left can be written even as the process exits.
 */
class Chunks {
  readonly #file: string
  readonly #fd: number
  #lines: string[] = []
  #characters = 0
  #timer: NodeJS.Timeout | null = null
  #failure: Failure | null = null

  constructor(file: string, fd: number) {
    this.#file = file
    this.#fd = fd
    process.once('exit', this.#flush)
  }

  write(line: string): void {
    if (this.#failure !== null) return
    this.#lines.push(line)
    this.#characters += line.length
    if (this.#characters >= CHUNK_CHARACTERS) this.#flush()
    else this.#timer ??= setTimeout(this.#flush, BEHIND_MS_MAX).unref()
  }

  close(): Failure | null {
    process.off('exit', this.#flush)
    this.#flush()
    this.#attempt(() => closeSync(this.#fd))
    return this.#failure
  }

  readonly #flush = (): void => {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    const bytes = Buffer.from(this.#lines.join(''))
    this.#lines = []
    this.#characters = 0
    this.#attempt(() => {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#fd, bytes, at)
    })
  }

  /** A full disk ends the trace, never the session that it is about. */
  #attempt(work: () => void): void {
    try {
      work()
    } catch (cause) {
      this.#failure ??= failureOf(cause, this.#file)
    }
  }
}
