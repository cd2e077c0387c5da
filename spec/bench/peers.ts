import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { Daemon, freePort } from './daemon.ts'
import type { Contender } from './rounds.ts'
import { SHIPPED } from './start.ts'
import { type Surroundings, type Timed, timed } from './timed.ts'
import { findUdx } from './udx.ts'

/** A copy of one file over loopback: whole processes, and how to stop what serves them. */
export interface Competitor extends Contender<Timed> {
  readonly daemon: Daemon | null
  /** Where the copy is once it ran. */
  copy(): string
}

/** A folder with `cargo.bin` in it, to copy into `stored/`. */
export interface Harbour {
  readonly folder: string
  readonly file: string
  readonly stored: string
  /** All that were started, for the bench to stop. */
  readonly daemons: Daemon[]
}

function started(
  { daemons }: Harbour,
  command: readonly string[],
  surroundings?: Surroundings,
): Daemon {
  const daemon = new Daemon(command, surroundings)
  daemons.push(daemon)
  return daemon
}

const HOST = '127.0.0.1'

/** `ferrygram put` and `get`, as shipped, in datagrams of 1 400 bytes. */
export async function ferrygram(
  harbour: Harbour,
  main = SHIPPED,
  remark = '',
): Promise<readonly Competitor[]> {
  const { folder, file, stored } = harbour
  const surroundings = { cwd: folder, env: { XDG_CONFIG_HOME: join(folder, 'config') } }
  const shipped = (...args: readonly string[]) => [process.execPath, main, ...args]
  const serving = async (root: string) => {
    const command = shipped('server', '0', '--host', HOST, '--root', root)
    const daemon = started(harbour, command, surroundings)
    return { daemon, port: await daemon.says(/Listening at \S+:(\d+)/) }
  }
  const common = ['--mtu', '1400', '--replace', '--quiet', '--json']
  const forPut = await serving(stored)
  const forGet = await serving(folder)
  let round = 0
  // Another name each time: replacing by an equal file would move nothing.
  const name = () => `round-${++round}.bin`
  const copy = () => join(stored, `round-${round}.bin`)
  return [
    {
      name: `ferrygram put${remark}`,
      daemon: forPut.daemon,
      copy,
      run: () =>
        timed(shipped('put', HOST, forPut.port, file, '--as', name(), ...common), surroundings),
    },
    {
      name: `ferrygram get${remark}`,
      daemon: forGet.daemon,
      copy,
      run: () =>
        timed(shipped('get', HOST, forGet.port, 'cargo.bin', '--as', name(), ...common), {
          ...surroundings,
          cwd: stored,
        }),
    },
  ]
}

/** The same where koffi is not installed: every datagram is a call of node:dgram. */
export async function ferrygramOverDgram(harbour: Harbour): Promise<readonly Competitor[]> {
  const root = fileURLToPath(new URL('../../', import.meta.url))
  const bare = join(harbour.folder, 'bare')
  const modules = join(bare, 'node_modules')
  mkdirSync(modules, { recursive: true })
  for (const name of readdirSync(join(root, 'node_modules'))) {
    if (name.includes('koffi') || name === '@koromix') continue
    symlinkSync(join(root, 'node_modules', name), join(modules, name))
  }
  for (const name of ['dist', 'package.json']) {
    cpSync(join(root, name), join(bare, name), { recursive: true })
  }
  return ferrygram(harbour, join(bare, 'dist', 'cli', 'main.cjs'), ' over dgram')
}

/** node:net and node:tls; and udx, when it is found from `peersFolder`. */
export async function nodePeers(
  harbour: Harbour,
  peersFolder: string | undefined,
): Promise<readonly (Competitor | string)[]> {
  const { folder, file, stored } = harbour
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
    const copy = join(stored, peer)
    const daemon = started(harbour, side('serve', peer, copy))
    const port = await daemon.says(/listening (\d+)/)
    const run = () => timed(side('send', peer, file, port))
    return { name: `node:${peer}`, daemon, copy: () => copy, run }
  }
  const udx = findUdx(peersFolder)
  const overUdx = async (path: string): Promise<Competitor> => ({
    name: 'udx-native',
    daemon: null,
    copy: () => join(stored, 'udx'),
    async run() {
      const port = String(await freePort())
      const daemon = started(harbour, side('serve', 'udx', join(stored, 'udx'), port, path))
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
export async function scp(harbour: Harbour): Promise<Competitor | string> {
  const { folder, file, stored } = harbour
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
  const daemon = started(harbour, [sshd, '-D', '-e', '-f', config])
  await daemon.listens(port)
  const trusting = ['-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null']
  const copy = join(stored, 'scp')
  const to = `${userInfo().username}@${HOST}:${copy}`
  const command = ['scp', '-q', '-F', 'none', '-i', key, '-P', String(port), ...trusting, file, to]
  return { name: 'scp', daemon, copy: () => copy, run: () => timed(command) }
}

/** rsync to a daemon of its own: nothing is encrypted, the whole file goes. */
export async function rsync(harbour: Harbour): Promise<Competitor | string> {
  const { folder, file, stored } = harbour
  if (!installed('rsync', '--version')) return 'rsync'
  const port = await freePort()
  const config = join(folder, 'rsyncd.conf')
  const user = process.getuid?.() === 0 ? 'uid = root\ngid = root\n' : ''
  writeFileSync(config, `use chroot = no\n${user}[stored]\npath = ${stored}\nread only = no\n`)
  const served = ['--daemon', '--no-detach', `--address=${HOST}`, `--port=${port}`]
  const command = ['rsync', ...served, `--config=${config}`, '--log-file=/dev/null']
  const daemon = started(harbour, command)
  await daemon.listens(port)
  const to = `rsync://${HOST}:${port}/stored/rsync`
  const push = ['rsync', '--whole-file', '--ignore-times', file, to]
  const copy = () => join(stored, 'rsync')
  return { name: 'rsync daemon (plain)', daemon, copy, run: () => timed(push) }
}

/** curl to in.tftpd, in blocks that fill datagrams of 1 432 bytes: nothing is encrypted. */
export async function tftp(harbour: Harbour): Promise<Competitor | string> {
  const { file, stored } = harbour
  const tftpd = ['/usr/sbin/in.tftpd', '/usr/local/sbin/in.tftpd'].find((path) => existsSync(path))
  const asRoot = process.getuid?.() === 0
  if (tftpd === undefined || !asRoot || !speaksTftp()) return 'tftp'
  const port = await freePort()
  const served = ['--create', '--secure', '--user', 'root', '--address', `${HOST}:${port}`, stored]
  const daemon = started(harbour, [tftpd, '--foreground', ...served])
  const quiet = ['curl', '--silent', '--show-error', '--tftp-blksize', '1428']
  const at = (name: string) => `tftp://${HOST}:${port}/${name}`
  writeFileSync(join(stored, 'ready'), 'ready')
  const ready = () => timed([...quiet, '--max-time', '2', at('ready')])
  await daemon.until(() =>
    ready().then(
      () => true,
      () => false,
    ),
  )
  const run = () => timed([...quiet, '--upload-file', file, at('tftp')])
  return { name: 'tftp (plain)', daemon, copy: () => join(stored, 'tftp'), run }
}

function speaksTftp(): boolean {
  return /\btftp\b/.test(spawnSync('curl', ['--version'], { encoding: 'utf8' }).stdout ?? '')
}

function installed(program: string, asked: string): boolean {
  return spawnSync(program, [asked], { stdio: 'ignore' }).error === undefined
}
