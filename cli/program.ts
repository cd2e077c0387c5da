import { Argument, Command, Option } from 'commander'
import * as parse from './arguments.ts'
import { clientCommand } from './client.ts'
import { commandLine, noteOptions, type TypedOptions } from './command-line.ts'
import { diagramsCommand } from './diagrams.ts'
import { embeddedCommand } from './embedded.ts'
import { exitCommand } from './exit.ts'
import type { ExitCode } from './exit-codes.ts'
import { type GetFlags, getCommand } from './get.ts'
import type { Io } from './io.ts'
import { keyCommand, keyRotateCommand } from './key.ts'
import { listCommand } from './list.ts'
import type { Load } from './load.ts'
import type { MoveFlags } from './move-flags.ts'
import { type PutFlags, putCommand } from './put.ts'
import { type ServerFlags, serverCommand } from './server.ts'
import { type TraceFlags, withTrace } from './trace.ts'
import { VERSION } from './version.ts'
import type { ClientFlags } from './with-client.ts'

/** What runs a command: hands it the way to load the API, and keeps its exit code. */
export type Start = (command: (load: Load) => Promise<ExitCode>) => Promise<void>

/** The commands as commander reads them. */
export function buildProgram(io: Io, start: Start): Command {
  const program = root(io)
    .description(
      'Moves files over UDP, losing nothing. Alone, a server and its menu to try it; ' +
        'that takes --trace FILE as well.',
    )
    .usage('[COMMAND]')
    .version(VERSION)
    .addHelpText('after', EXAMPLES)
  addServer(program, io, start)
  addClient(program, io, start)
  addPut(program, io, start)
  addGet(program, io, start)
  addListAndExit(program, io, start)
  addKey(program, io, start)
  addDiagrams(program, io, start)
  showUsageAfterErrors(program)
  return program
}

/** What `ferrygram` takes without a command; apart, so that a mistyped command is still told as one. */
export function buildAlone(io: Io, start: Start): Command {
  const program = root(io)
    .description('A server on loopback and its menu.')
    .addOption(trace())
    .action((flags: TraceFlags) =>
      start((load) => withTrace(io, load, flags, (api) => embeddedCommand(api, io))),
    )
  showUsageAfterErrors(program)
  return program
}

function root(io: Io): Command {
  return new Command('ferrygram').exitOverride().configureOutput({
    writeOut: (text) => void io.stdout.write(text),
    writeErr: (text) => void io.stderr.write(text),
  })
}

const EXAMPLES = `
Examples:
  ferrygram server 5005                      serve the current folder, say the key
  ferrygram put 192.168.1.5 5005 photo.jpg   send a file to it
  ferrygram client 192.168.1.5 5005          or do it at the menu

"ferrygram COMMAND --help" says more about one command.`

const host = new Argument('<HOST>', 'name, IPv4 or IPv6 address').argParser(parse.host)
const port = new Argument('<PORT>', 'UDP port of the server').argParser(parse.peerPort)

function addServer(program: Command, io: Io, start: Start): void {
  program
    .command('server')
    .description('serve a folder')
    .argument('<PORT>', 'UDP port to listen at; 0: a free one, which is printed', parse.serverPort)
    .option('--host <ADDR>', 'listen at this address only (all addresses unless given)', parse.host)
    .option('--root <DIR>', 'the folder to serve (the current one unless given)')
    .option('--max-sessions <N>', 'serve this many sessions at once at most', parse.sessionCount)
    .option('--max-file <SIZE>', 'take no larger file, for example 2GB', parse.fileSize)
    .option('--no-remote-exit', 'let no client end the server')
    .addOption(keyFile())
    .option('--no-key', 'serve anyone, without a key; for trusted links only')
    .addOption(trace())
    .addOption(json())
    .addOption(quiet())
    .addOption(noColor())
    .action((at: number, flags: ServerFlags & TraceFlags) =>
      start((load) => withTrace(io, load, flags, (api) => serverCommand(api, io, at, flags))),
    )
}

function addClient(program: Command, io: Io, start: Start): void {
  moveOptions(
    clientOptions(program.command('client').description('the menu: put, get, list, exit')),
  )
    .addOption(noColor())
    .action((name: string, at: number, flags: MoveFlags & TraceFlags) => {
      const peer = { host: name, port: at }
      return start((load) =>
        withTrace(io, load, flags, (api) => clientCommand(api, io, peer, flags)),
      )
    })
}

function addPut(program: Command, io: Io, start: Start): void {
  const command = clientOptions(
    program.command('put').description('send files, all in one session'),
  )
    .argument('<PATH...>', 'local files; each is stored by the last part of its path')
    .option('--as <NAME>', 'the name it gets at the server; with one PATH only')
  const typed = noteOptions(outputOptions(moveOptions(command)))
  command.action(
    (name: string, at: number, paths: string[], flags: PutFlags & TraceFlags, self: Command) => {
      oneWithAs(self, paths, flags.as)
      const peer = { host: name, port: at }
      const again = againWith(self, typed)
      return start((load) =>
        withTrace(io, load, flags, (api) => putCommand(api, io, peer, paths, flags, again)),
      )
    },
  )
}

function addGet(program: Command, io: Io, start: Start): void {
  const command = clientOptions(
    program.command('get').description('fetch files, all in one session'),
  )
    .argument('<NAME...>', 'files at the server; each is stored here as received_NAME')
    .option('--into <DIR>', 'store in this folder, as NAME')
    .option('--as <NAME>', 'store as this name; with one NAME only')
  const typed = noteOptions(outputOptions(moveOptions(command)))
  command.action(
    (name: string, at: number, names: string[], flags: GetFlags & TraceFlags, self: Command) => {
      oneWithAs(self, names, flags.as)
      const peer = { host: name, port: at }
      const again = againWith(self, typed)
      return start((load) =>
        withTrace(io, load, flags, (api) => getCommand(api, io, peer, names, flags, again)),
      )
    },
  )
}

function addListAndExit(program: Command, io: Io, start: Start): void {
  const list = clientOptions(program.command('list').description('show what the server has'))
  outputOptions(list).action((name: string, at: number, flags: ClientFlags & TraceFlags) => {
    const peer = { host: name, port: at }
    return start((load) => withTrace(io, load, flags, (api) => listCommand(api, io, peer, flags)))
  })
  const exit = clientOptions(program.command('exit').description('end the server'))
  outputOptions(exit).action((name: string, at: number, flags: ClientFlags & TraceFlags) => {
    const peer = { host: name, port: at }
    return start((load) => withTrace(io, load, flags, (api) => exitCommand(api, io, peer, flags)))
  })
}

function addKey(program: Command, io: Io, start: Start): void {
  const key = program
    .command('key')
    .description('show your key, making it when there is none')
    .usage('[rotate]')
    .action(() => start(() => keyCommand(io)))
  key
    .command('rotate')
    .description('make a new key in its place')
    .action(() => start(() => keyRotateCommand(io)))
}

function addDiagrams(program: Command, io: Io, start: Start): void {
  program
    .command('diagrams')
    .description('draw every statechart of the program')
    .option('--out <DIR>', 'the folder to write to', 'diagrams')
    .action(({ out }: { readonly out: string }) => start(() => diagramsCommand(io, out)))
}

function clientOptions(command: Command): Command {
  return command
    .addArgument(host)
    .addArgument(port)
    .addOption(keyFile())
    .option('--no-key', 'for a server that was started without one')
    .option('--limit <RATE>', 'be no faster than this: 40MB/s, 100Mbit', parse.rate)
    .option('--mtu <BYTES>', 'UDP payload of each datagram, instead of finding it', parse.mtu)
    .option('--patience <TIME>', 'put up with a silent link this long: 60s, 2m', parse.patience)
    .addOption(trace())
}

/** What to do about files that are there already. */
function moveOptions(command: Command): Command {
  return command
    .option('--replace', 'overwrite a different file of the same name')
    .addOption(
      new Option('--skip', 'pass over what is there already, whatever its content').conflicts(
        'replace',
      ),
    )
    .option('--checksum', 'compare contents even where size and time agree')
}

function outputOptions(command: Command): Command {
  return command.addOption(json()).addOption(quiet()).addOption(noColor())
}

const keyFile = () =>
  new Option('--key-file <FILE>', 'the file that holds the key (FERRYGRAM_KEY holds one as well)')
const trace = () =>
  new Option('--trace <FILE>', 'write the event log of every statechart, without contents or keys')
const json = () => new Option('--json', 'one JSON object a line on stdout')
const quiet = () => new Option('--quiet', 'say only what must not be missed')
const noColor = () => new Option('--no-color', 'no colors (NO_COLOR does so as well)')

function oneWithAs(command: Command, names: readonly string[], as: string | undefined): void {
  if (as !== undefined && names.length > 1) {
    command.error(`error: --as names one file, but there are ${names.length}`)
  }
}

/** The same command for other names. */
function againWith(command: Command, typed: TypedOptions): (names: readonly string[]) => string {
  const [name = '', at = ''] = command.args
  return (names) => commandLine([command.name(), name, at], typed, names)
}

function showUsageAfterErrors(command: Command, before = ''): void {
  const path = `${before}${command.name()}`
  command.showHelpAfterError(`Usage: ${path} ${command.usage()}\nTry "${path} --help".`)
  for (const child of command.commands) showUsageAfterErrors(child, `${path} `)
}
