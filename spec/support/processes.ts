import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundledMain } from './bundled.ts'
import { Relay } from './relay.ts'

/** `ferrygram` at work as a process of its own. */
export class Process {
  /** The exit code, or the signal that killed it. */
  readonly ended: Promise<number | NodeJS.Signals>
  readonly #child: ChildProcess
  #said = ''

  constructor(child: ChildProcess) {
    this.#child = child
    const listen = (text: Buffer) => {
      this.#said += text.toString()
      child.emit('said')
    }
    child.stdout?.on('data', listen)
    child.stderr?.on('data', listen)
    // 'close' comes once the last of its output was read.
    this.ended = once(child, 'close').then(([code, signal]) => code ?? signal)
  }

  /** All it has written so far, to stdout and stderr. */
  get said(): string {
    return this.#said
  }

  /** What `pattern` captures, once it was written. */
  async says(pattern: RegExp): Promise<string> {
    for (;;) {
      const captured = pattern.exec(this.#said)?.[1]
      if (captured !== undefined) return captured
      await this.during(once(this.#child, 'said'))
    }
  }

  /** As `promise`, but rejects when the process ends before. */
  during<T>(promise: Promise<T>): Promise<T> {
    const ended = this.ended.then((how) => {
      throw new Error(`the process ended too early (${how}): ${this.#said}`)
    })
    return Promise.race([promise, ended])
  }

  /** Sends a signal and waits for the end. */
  async kill(signal: NodeJS.Signals): Promise<number | NodeJS.Signals> {
    this.#child.kill(signal)
    return this.ended
  }
}

/** A user's home and a server's root in a temporary folder, and all that runs there. */
export class Stage {
  readonly home: string
  readonly root: string
  readonly #folder: string
  readonly #main: string
  readonly #processes: Process[] = []
  readonly #relays: Relay[] = []

  private constructor(folder: string, main: string) {
    this.#folder = folder
    this.#main = main
    this.home = join(folder, 'home')
    this.root = join(folder, 'root')
  }

  /** Runs `play` on a stage of its own, and leaves nothing behind. */
  static async set<T>(play: (stage: Stage) => Promise<T>): Promise<T> {
    const folder = await mkdtemp(join(tmpdir(), 'ferrygram-processes-'))
    const stage = new Stage(folder, await bundledMain())
    try {
      await mkdir(stage.home)
      await mkdir(stage.root)
      return await play(stage)
    } finally {
      await stage.#clear()
    }
  }

  /** One key for all that run here, and none of the caller's. */
  get env(): NodeJS.ProcessEnv {
    return { XDG_CONFIG_HOME: join(this.#folder, 'config'), FERRYGRAM_KEY: '' }
  }

  /** Starts `ferrygram` in the user's home. */
  run(...args: readonly (string | number)[]): Process {
    const started = new Process(
      spawn(process.execPath, [this.#main, ...args.map(String)], {
        cwd: this.home,
        env: { ...process.env, ...this.env },
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    )
    this.#processes.push(started)
    return started
  }

  /** Starts a server on loopback, port 0 for a free one, and waits until it listens. */
  async serve(port = 0): Promise<{ readonly server: Process; readonly port: number }> {
    const args = ['--host', '127.0.0.1', '--root', this.root]
    const server = this.run('server', port, ...args)
    return { server, port: Number(await server.says(/Listening at \S+:(\d+)/)) }
  }

  async relayTo(serverPort: number): Promise<Relay> {
    const relay = await Relay.open(serverPort)
    this.#relays.push(relay)
    return relay
  }

  /** Writes a file into the user's home or the server's root. */
  async write(where: 'home' | 'root', name: string, bytes: Buffer): Promise<void> {
    await writeFile(join(this[where], name), bytes)
  }

  async #clear(): Promise<void> {
    await Promise.all(this.#processes.map((running) => running.kill('SIGKILL')))
    for (const relay of this.#relays) relay.close()
    await rm(this.#folder, { recursive: true })
  }
}
