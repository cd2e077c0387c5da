import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { Daemon, freePort } from './daemon.ts'
import type { Contender } from './rounds.ts'
import { SHIPPED } from './start.ts'
import { type Timed, timed } from './timed.ts'
import { findUdx } from './udx.ts'

/** A copy of one file over loopback: whole processes, and how to stop what serves them. */
export interface Competitor extends Contender<Timed> {
  readonly daemon: Daemon | null
}

/** A folder with `cargo.bin` in it, to copy into `stored/`. */
export interface Harbour {
  readonly folder: string
  readonly file: string
  readonly stored: string
}

const HOST = '127.0.0.1'

/** `ferrygram put` and `get`, as shipped, in datagrams of 1 400 bytes. */
export async function ferrygram({ folder, file, stored }: Harbour): Promise<readonly Competitor[]> {
  const surroundings = { cwd: folder, env: { XDG_CONFIG_HOME: join(folder, 'config') } }
  const shipped = (...args: readonly string[]) => [process.execPath, SHIPPED, ...args]
  const serving = async (root: string) => {
    const daemon = new Daemon(shipped('server', '0', '--host', HOST, '--root', root), surroundings)
    return { daemon, port: await daemon.says(/Listening at \S+:(\d+)/) }
  }
  const common = ['--mtu', '1400', '--replace', '--quiet']
  const forPut = await serving(stored)
  const forGet = await serving(folder)
  let round = 0
  // Another name each time: replacing by an equal file would move nothing.
  const name = () => `round-${round++}.bin`
  return [
    {
      name: 'ferrygram put',
      daemon: forPut.daemon,
      run: () =>
        timed(shipped('put', HOST, forPut.port, file, '--as', name(), ...common), surroundings),
    },
    {
      name: 'ferrygram get',
      daemon: forGet.daemon,
      run: () =>
        timed(shipped('get', HOST, forGet.port, 'cargo.bin', '--as', name(), ...common), {
          ...surroundings,
          cwd: stored,
        }),
    },
  ]
}

/** node:net and node:tls; and udx, when it is found from `peersFolder`. */
export async function nodePeers(
  { folder, file, stored }: Harbour,
  peersFolder: string | undefined,
): Promise<readonly (Competitor | string)[]> {
  const copier = join(folder, 'copier.mjs')
  await build({
    entryPoints: [fileURLToPath(new URL('copier.ts', import.meta.url))],
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: copier,
  })
  const side = (...args: readonly string[]) => [process.execPath, copier, ...args]
  const overTcp = async (peer: 'net' | 'tls'): Promise<Competitor> => {
    const daemon = new Daemon(side('serve', peer, join(stored, peer)))
    const port = await daemon.says(/listening (\d+)/)
    return { name: `node:${peer}`, daemon, run: () => timed(side('send', peer, file, port)) }
  }
  const udx = findUdx(peersFolder)
  const overUdx = async (path: string): Promise<Competitor> => ({
    name: 'udx-native',
    daemon: null,
    async run() {
      const port = String(await freePort())
      const daemon = new Daemon(side('serve', 'udx', join(stored, 'udx'), port, path))
      try {
        await daemon.says(/listening (\d+)/)
        const sent = await timed(side('send', 'udx', file, port, path))
        return { ...sent, cpuSeconds: sent.cpuSeconds + daemon.cpuSeconds }
      } finally {
        await daemon.stop()
      }
    },
  })
  return [
    await overTcp('net'),
    await overTcp('tls'),
    udx === null ? 'udx-native' : await overUdx(udx),
  ]
}

/** scp to an sshd of its own, by a key that lives as long as the bench. */
export async function scp({ folder, file, stored }: Harbour): Promise<Competitor | string> {
  const sshd = ['/usr/sbin/sshd', '/usr/local/sbin/sshd'].find((path) => existsSync(path))
  if (sshd === undefined || !installed('scp', '-V')) return 'scp'
  const key = join(folder, 'ssh-key')
  spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key])
  cpSync(`${key}.pub`, join(folder, 'authorized_keys'))
  const port = await freePort()
  const config = join(folder, 'sshd_config')
  writeFileSync(
    config,
    `Port ${port}\nListenAddress ${HOST}\nHostKey ${key}\nStrictModes no\nUsePAM no\n` +
      `AuthorizedKeysFile ${join(folder, 'authorized_keys')}\nPidFile none\n` +
      'PermitRootLogin prohibit-password\nSubsystem sftp internal-sftp\n',
  )
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true })
  const daemon = new Daemon([sshd, '-D', '-e', '-f', config])
  await daemon.listens(port)
  const trusting = ['-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null']
  const to = `${userInfo().username}@${HOST}:${join(stored, 'scp')}`
  const command = ['scp', '-q', '-F', 'none', '-i', key, '-P', String(port), ...trusting, file, to]
  return { name: 'scp', daemon, run: () => timed(command) }
}

/** rsync to a daemon of its own: nothing is encrypted, the whole file goes. */
export async function rsync({ folder, file, stored }: Harbour): Promise<Competitor | string> {
  if (!installed('rsync', '--version')) return 'rsync'
  const port = await freePort()
  const config = join(folder, 'rsyncd.conf')
  const user = process.getuid?.() === 0 ? 'uid = root\ngid = root\n' : ''
  writeFileSync(config, `use chroot = no\n${user}[stored]\npath = ${stored}\nread only = no\n`)
  const served = ['--daemon', '--no-detach', `--address=${HOST}`, `--port=${port}`]
  const daemon = new Daemon(['rsync', ...served, `--config=${config}`, '--log-file=/dev/null'])
  await daemon.listens(port)
  const to = `rsync://${HOST}:${port}/stored/rsync`
  const command = ['rsync', '--whole-file', '--ignore-times', file, to]
  return { name: 'rsync daemon (plain)', daemon, run: () => timed(command) }
}

function installed(program: string, asked: string): boolean {
  return spawnSync(program, [asked], { stdio: 'ignore' }).error === undefined
}
