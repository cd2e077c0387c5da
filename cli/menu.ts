import { createActor, fromPromise, toPromise } from 'xstate'
import { printable } from '../adapters/files/names.ts'
import {
  type CommandInput,
  type CommandResult,
  type MenuOutput,
  menuMachine,
} from '../machines/menu.ts'
import { menuCompletion } from './completion.ts'
import { endServer } from './exit.ts'
import { EXIT, type ExitCode, exitCodeOf } from './exit-codes.ts'
import { showList } from './list.ts'
import { parseMenuLine } from './menu-line.ts'
import { statsText } from './menu-stats.ts'
import { Prompt } from './prompt.ts'
import { sentence } from './sentences.ts'
import { followTransfer, type Transferred } from './transfer.ts'
import type { Client } from './with-client.ts'

const PROMPT = 'ferrygram> '

export interface MenuOptions {
  /** Overwrite without asking. */
  readonly replace: boolean
  readonly skip: boolean
  readonly checksum: boolean
  /** What `quit` does, for the menu's text. */
  readonly quitTold: string
  /** Done before leaving. */
  readonly leave: () => Promise<void>
}

/**
 * The menu, until it is left: `machines/menu` with a terminal or a pipe around it.
 * @returns 0 at a terminal, the code of the first failed command from a pipe
 */
export async function runMenu(client: Client, options: MenuOptions): Promise<ExitCode> {
  const session = new MenuSession(client, options)
  return session.run()
}

class MenuSession {
  readonly #client: Client
  readonly #options: MenuOptions
  readonly #prompt: Prompt
  readonly #actor
  #cancel = new AbortController()
  #last: Transferred | null = null

  constructor(client: Client, options: MenuOptions) {
    this.#client = client
    this.#options = options
    this.#prompt = new Prompt(client.io, {
      complete: menuCompletion(client),
      onInterrupt: () => this.#actor.send({ type: 'interrupt' }),
    })
    const input = { terminal: this.#prompt.terminal, replace: options.replace }
    this.#actor = createActor(this.#machine(), { input, inspect: client.ferrygram.inspect })
  }

  async run(): Promise<ExitCode> {
    const { signal } = this.#client.options
    const quit = () => this.#actor.send({ type: 'quit' })
    signal.addEventListener('abort', quit)
    try {
      const left = toPromise(this.#actor)
      this.#client.output.say(this.#menuText())
      this.#actor.start()
      return exitCodeOfMenu(await left)
    } finally {
      signal.removeEventListener('abort', quit)
      this.#prompt.close()
    }
  }

  #machine() {
    const { output, where } = this.#client
    return menuMachine.provide({
      actors: {
        command: fromPromise<CommandResult, CommandInput>(({ input, signal }) => {
          this.#cancel = new AbortController()
          signal.addEventListener('abort', () => this.#cancel.abort())
          return this.#run(input)
        }),
        closing: fromPromise<void>(() => this.#options.leave()),
      },
      actions: {
        prompt: () => this.#readLine(),
        ask: ({ context }) => this.#ask(context.conflict ?? ''),
        cancelCommand: () => this.#cancel.abort(),
        sayResult: (_, result) => {
          if (result !== null) output.fail(sentence(result, where))
        },
        sayUnexpected: (_, { error }) => output.fail(`Something went wrong: ${error}`),
        sayNotUnderstood: (_, why) => {
          output.fail(printable(why))
          output.say(this.#menuText())
        },
        sayHelp: () => output.tell(this.#menuText()),
        sayStats: () => output.tell(statsText(this.#last)),
        sayHowToLeave: () => this.#prompt.say('Ctrl-C once more, Ctrl-D or quit leaves.'),
      },
    })
  }

  async #run({ command, replace }: CommandInput): Promise<CommandResult> {
    const { ferrygram, peer, options } = this.#client
    const { signal } = this.#cancel
    const { skip, checksum } = this.#options
    const asked = { ...options, signal, replace, skip, checksum }
    switch (command.verb) {
      case 'put':
        return this.#follow(command, ferrygram.put(peer, command.path, asked))
      case 'get':
        return this.#follow(command, ferrygram.get(peer, command.path, asked))
      case 'list':
        return showList(this.#client, signal)
      case 'exit':
        return endServer(this.#client, signal)
    }
  }

  async #follow(
    told: Parameters<typeof followTransfer>[1],
    running: Parameters<typeof followTransfer>[0],
  ): Promise<CommandResult> {
    const transferred = await followTransfer(this.#client.track(running), told, this.#client.output)
    this.#last = transferred
    if ('failed' in transferred.outcome) return transferred.outcome.failed
    await this.#client.succeeded()
    return null
  }

  #readLine(): void {
    this.#prompt.read(PROMPT, async (line) => {
      if (line === null) this.#actor.send({ type: 'quit' })
      else if (line.trim() === '') this.#readLine()
      else this.#actor.send(await parseMenuLine(line, this.#client.io.currentFolder))
    })
  }

  #ask(path: string): void {
    const question = `${printable(path)} is already there and differs. Overwrite it? [y/N] `
    this.#prompt.read(question, (line) => {
      if (line === null) this.#actor.send({ type: 'quit' })
      else this.#actor.send({ type: 'answer', yes: /^\s*y(es)?\s*$/i.test(line) })
    })
  }

  #menuText(): string {
    return [
      `The server is ${this.#client.where}. Commands:`,
      '  put NAME   send a file',
      '  get NAME   fetch a file, stored here as received_NAME',
      '  list       show what the server has',
      '  exit       end the server, then this menu',
      '  stats      show how the last transfer went',
      '  help       show this',
      `  quit       ${this.#options.quitTold}`,
    ].join('\n')
  }
}

function exitCodeOfMenu({ firstFailed }: MenuOutput): ExitCode {
  if (firstFailed === null) return EXIT.done
  if (firstFailed === 'notUnderstood') return EXIT.usage
  return firstFailed === 'unexpected' ? EXIT.failed : exitCodeOf(firstFailed)
}
