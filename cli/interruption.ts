import { EXIT, type ExitCode } from './exit-codes.ts'
import type { Io } from './io.ts'

/** Ctrl-C and SIGTERM for one command: the first aborts `signal`, a second ends the process. */
export class Interruption {
  readonly #controller = new AbortController()
  readonly #stopListening: () => void
  #exitCode: ExitCode | null = null

  constructor(io: Io) {
    this.#stopListening = io.onSignal((signal) => {
      if (this.#exitCode !== null) io.exit(this.#exitCode)
      this.#exitCode = signal === 'SIGINT' ? EXIT.interrupted : EXIT.terminated
      this.#controller.abort()
    })
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** What the command ends with because of it; null when it was left alone. */
  get exitCode(): ExitCode | null {
    return this.#exitCode
  }

  dispose(): void {
    this.#stopListening()
  }
}
