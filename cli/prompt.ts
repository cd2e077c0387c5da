import { type CompleterResult, createInterface, type Interface } from 'node:readline'
import { Writable } from 'node:stream'
import type { Io } from './io.ts'

const HISTORY_LINES = 1_000

/** Completes a line: the candidates, and the end of the line they replace. Never rejects. */
export type Complete = (line: string) => Promise<CompleterResult>

export interface PromptOptions {
  readonly complete?: Complete
  /** Ctrl-C at a terminal, unless it cleared what was typed. */
  readonly onInterrupt: () => void
}

/** Lines from a person or a pipe, one at a time; those that come early wait their turn. */
export class Prompt {
  /** Whether a person is there to be asked. */
  readonly terminal: boolean
  readonly #screen: Screen
  readonly #lines: Interface
  readonly #stderr: Io['stderr']
  readonly #early: string[] = []
  #ended = false
  #listener: ((line: string | null) => void) | null = null
  #text = ''

  constructor(io: Io, { complete, onInterrupt }: PromptOptions) {
    this.#stderr = io.stderr
    this.terminal = io.stdin.isTTY === true && io.stderr.isTTY === true
    this.#screen = new Screen(io.stderr)
    this.#lines = createInterface({
      input: io.stdin,
      terminal: this.terminal,
      historySize: HISTORY_LINES,
      removeHistoryDuplicates: true,
      crlfDelay: Number.POSITIVE_INFINITY,
      ...(this.terminal && { output: this.#screen }),
      ...(this.terminal && complete && { completer: callingBack(complete) }),
    })
    this.#lines.on('line', (line) => this.#take(line))
    this.#lines.on('close', () => this.#end())
    this.#lines.on('SIGINT', () => {
      if (this.#listener !== null && this.#lines.line !== '') this.#clearTyped()
      else onInterrupt()
    })
  }

  /**
   * Shows `text` and hands the next line to `listener`, null at the end of the input. Replaces a
   * listener that still waits.
   */
  read(text: string, listener: (line: string | null) => void): void {
    this.#text = text
    this.#listener = listener
    const early = this.#early.shift()
    if (early !== undefined || this.#ended) {
      this.#deliver(early ?? null)
    } else if (this.terminal) {
      this.#screen.muted = false
      this.#lines.setPrompt(text)
      this.#lines.prompt(true)
    } else {
      this.#lines.resume()
    }
  }

  /** Writes a line of talk without losing the prompt. */
  say(text: string): void {
    this.#stderr.write(`${this.terminal ? '\n' : ''}${text}\n`)
    if (this.#listener !== null && this.terminal) this.#lines.prompt(true)
  }

  close(): void {
    this.#listener = null
    this.#lines.close()
  }

  #take(line: string): void {
    if (this.#listener !== null) this.#deliver(line)
    else this.#early.push(line)
  }

  #deliver(line: string | null): void {
    const listener = this.#listener
    this.#listener = null
    if (this.terminal) this.#screen.muted = true
    else this.#lines.pause()
    // A pipe's session reads as if it had been typed.
    if (line !== null && !this.terminal) this.#stderr.write(`${this.#text}${line}\n`)
    // Not within read(): its caller may not be ready for the answer yet.
    queueMicrotask(() => listener?.(line))
  }

  #end(): void {
    this.#ended = true
    if (this.#listener === null) return
    if (this.terminal) this.#stderr.write('\n')
    this.#deliver(null)
  }

  #clearTyped(): void {
    this.#lines.write(null, { ctrl: true, name: 'e' })
    this.#lines.write(null, { ctrl: true, name: 'u' })
  }
}

/** The terminal as readline writes to it: silent while a command runs, so keys leave no marks. */
class Screen extends Writable {
  muted = false
  readonly #stream: Io['stderr']

  constructor(stream: Io['stderr']) {
    super()
    this.#stream = stream
    stream.on('resize', () => this.emit('resize'))
  }

  get columns(): number | undefined {
    return this.#stream.columns
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    if (!this.muted) this.#stream.write(chunk)
    done()
  }
}

function callingBack(complete: Complete) {
  return (line: string, callback: (error: null, result: CompleterResult) => void) => {
    void complete(line).then((result) => callback(null, result))
  }
}
