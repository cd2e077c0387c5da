import pico from 'picocolors'
import type { Io } from './io.ts'
import type { JsonLine } from './json-lines.ts'

export interface OutputFlags {
  readonly json?: boolean
  readonly quiet?: boolean
  /** False for `--no-color`. */
  readonly color?: boolean
}

type Colors = ReturnType<typeof pico.createColors>

/** Where a command's words go: data to stdout, talk to stderr. */
export class Output {
  readonly colors: Colors
  /** How progress is to be shown. */
  readonly progress: 'json' | 'none' | 'bar' | 'lines'
  readonly stderr: Io['stderr']
  readonly #stdout: Io['stdout']
  readonly #json: boolean
  readonly #quiet: boolean

  constructor(io: Io, flags: OutputFlags) {
    this.stderr = io.stderr
    this.#stdout = io.stdout
    this.#json = flags.json === true
    this.#quiet = flags.quiet === true
    const terminal = io.stderr.isTTY === true
    const colored = terminal && flags.color !== false && !io.env.NO_COLOR
    this.colors = pico.createColors(colored)
    if (this.#json) this.progress = 'json'
    else if (this.#quiet) this.progress = 'none'
    else this.progress = terminal && io.env.TERM !== 'dumb' ? 'bar' : 'lines'
  }

  /** What was asked for, one line to stdout; `--json` says it by `line` instead. */
  data(text: string): void {
    if (!this.#json) this.#stdout.write(`${text}\n`)
  }

  /** One object to stdout, with `--json` only. */
  line(line: JsonLine): void {
    if (this.#json) this.#stdout.write(`${JSON.stringify(line)}\n`)
  }

  /** Talk that may be missed: neither `--quiet` nor `--json` shows it. */
  say(text: string): void {
    if (!this.#json && !this.#quiet) this.stderr.write(`${text}\n`)
  }

  /** Talk that must not be missed. */
  tell(text: string): void {
    this.stderr.write(`${text}\n`)
  }

  warn(text: string): void {
    this.tell(this.colors.yellow(`Warning: ${text}`))
  }

  fail(text: string): void {
    this.tell(this.colors.red(text))
  }
}
