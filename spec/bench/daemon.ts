import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { Surroundings } from './timed.ts'

const READY_MS_MAX = 10_000
/** Linux counts a process's time in these, whatever the kernel's own tick (proc_pid_stat(5)). */
const TICKS_PER_S = 100

/** A server under measurement, running until it is stopped. */
export class Daemon {
  readonly #child: ChildProcess
  readonly #ended: Promise<unknown>
  #said = ''

  constructor([program = '', ...args]: readonly string[], { cwd, env }: Surroundings = {}) {
    this.#child = spawn(program, args, {
      ...(cwd !== undefined && { cwd }),
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child.on('error', ({ message }) => {
      this.#said += message
    })
    this.#ended = new Promise((resolve) => this.#child.once('close', resolve))
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (text) => {
        this.#said += text
      })
    }
  }

  /** What `pattern` captures of its words, once it said so. */
  async says(pattern: RegExp): Promise<string> {
    const captured = () => pattern.exec(this.#said)?.[1]
    await this.until(async () => captured() !== undefined)
    return captured() ?? ''
  }

  /** When a TCP port of loopback accepts. */
  listens(port: number): Promise<void> {
    return this.until(
      () =>
        new Promise((resolve) => {
          const socket = connect(port, '127.0.0.1', () => resolve(true))
          socket.on('error', () => resolve(false)).on('connect', () => socket.destroy())
        }),
    )
  }

  /** User and system so far, of it and its children that ended; NaN where there is no /proc. */
  get cpuSeconds(): number {
    try {
      const stat = readFileSync(`/proc/${this.#child.pid}/stat`, 'utf8')
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS_PER_S
    } catch {
      return Number.NaN
    }
  }

  /** When the children that served a copy have ended, whose time counts only then. */
  settled(): Promise<void> {
    const { pid } = this.#child
    return this.until(async () => {
      try {
        return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim() === ''
      } catch {
        return true
      }
    })
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGTERM')
    const stubborn = setTimeout(() => this.#child.kill('SIGKILL'), 3_000)
    await this.#ended
    clearTimeout(stubborn)
  }

  /** When `isReady` says so; what is not ready in time is stopped. */
  async until(isReady: () => Promise<boolean>, msMax = READY_MS_MAX): Promise<void> {
    const deadlineMs = performance.now() + msMax
    while (!(await isReady())) {
      if (this.#child.exitCode !== null || performance.now() > deadlineMs) {
        await this.stop()
        throw new Error(`${this.#child.spawnfile} does not serve: ${this.#said}`)
      }
      await pause(20)
    }
  }
}

/** A TCP port of loopback that nobody listens at. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}
