import { spawnSync } from 'node:child_process'

/** Addresses of the two ends; each in a network namespace of its own. */
export const NEAR = '10.9.0.1'
export const FAR = '10.9.0.2'

/** 100 Mbit/s, 50 ms there and back, 1 % lost each way, a queue of about one round trip. */
const NETEM = ['netem', 'rate', '100mbit', 'delay', '25ms', 'loss', '1%', 'limit', '450']

export interface EmulatedLink {
  /** The command as it is run at an end. */
  at(end: 'near' | 'far', command: readonly string[]): readonly string[]
  remove(): void
}

/** Makes a link of two namespaces and a pair of veth on Linux, as root; or says what is missing. */
export function makeLink(): EmulatedLink | { readonly missing: string } {
  if (process.platform !== 'linux') return { missing: 'Linux' }
  if (process.getuid?.() !== 0) return { missing: 'the rights of root' }
  const named = { near: `near-${process.pid}`, far: `far-${process.pid}` }
  const remove = () => {
    for (const name of Object.values(named)) run(['ip', 'netns', 'del', name])
  }
  const steps = [
    ...Object.values(named).map((name) => ['ip', 'netns', 'add', name]),
    [
      'ip',
      '-n',
      named.near,
      'link',
      'add',
      'wire',
      'type',
      'veth',
      'peer',
      'wire',
      'netns',
      named.far,
    ],
    ...ends(named.near, NEAR),
    ...ends(named.far, FAR),
  ]
  for (const step of steps) {
    const fault = run(step)
    if (fault === null) continue
    remove()
    return { missing: `what this asks for: ${step.join(' ')} (${fault})` }
  }
  return { at: (end, command) => ['ip', 'netns', 'exec', named[end], ...command], remove }
}

function ends(name: string, address: string): readonly (readonly string[])[] {
  return [
    ['ip', '-n', name, 'addr', 'add', `${address}/24`, 'dev', 'wire'],
    ['ip', '-n', name, 'link', 'set', 'lo', 'up'],
    ['ip', '-n', name, 'link', 'set', 'wire', 'up'],
    ['tc', '-n', name, 'qdisc', 'add', 'dev', 'wire', 'root', ...NETEM],
  ]
}

/** Why it failed; null when it did not. */
function run([program = '', ...args]: readonly string[]): string | null {
  const { error, status, stderr } = spawnSync(program, args, { encoding: 'utf8' })
  if (error !== undefined) return error.message
  return status === 0 ? null : stderr.trim()
}
