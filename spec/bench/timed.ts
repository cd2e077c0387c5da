import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** What a process took, from its start to its end. */
export interface Timed {
  readonly seconds: number
  /** User and system, its children's included; NaN where there is no POSIX shell to tell it. */
  readonly cpuSeconds: number
  /** What it wrote to its standard output. */
  readonly said: string
}

const MS_MAX = 120_000
const SHELL_TIMES = /(\d+)m([\d.]+)s (\d+)m([\d.]+)s\s*$/

export interface Surroundings {
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
}

/** Runs a command to its end. Rejects when it fails or takes longer than two minutes. */
export async function timed(
  [program = '', ...args]: readonly string[],
  { cwd, env }: Surroundings = {},
): Promise<Timed> {
  const posix = process.platform !== 'win32'
  // `times` tells on its last line what the shell's children took (POSIX.1-2024).
  const script = '"$@" || exit; times >&3'
  const command = posix ? 'sh' : program
  const started = performance.now()
  const child = spawn(command, posix ? ['-c', script, 'sh', program, ...args] : args, {
    ...(cwd !== undefined && { cwd }),
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    timeout: MS_MAX,
  })
  let said = ''
  let complained = ''
  let times = ''
  child.stdout?.on('data', (text) => {
    said += text
  })
  child.stderr?.on('data', (text) => {
    complained += text
  })
  child.stdio[3]?.on('data', (text) => {
    times += text
  })
  const [code] = await once(child, 'close')
  const seconds = (performance.now() - started) / 1000
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} failed (${code}): ${complained}`)
  return { seconds, cpuSeconds: cpuSecondsOf(times), said }
}

/** The second line of the shell's `times`: `0m1.20s 0m0.30s` is 1.5. */
export function cpuSecondsOf(times: string): number {
  const [, userMinutes, user, systemMinutes, system] = SHELL_TIMES.exec(times) ?? []
  return 60 * (Number(userMinutes) + Number(systemMinutes)) + Number(user) + Number(system)
}
