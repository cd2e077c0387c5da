/**
 * The menu a person, or a pipe, drives: a prompt, one command at a time, and the question whether
 * to overwrite. It knows no session: a command is an actor that comes to an outcome.
 */
import { assign, fromPromise, setup } from 'xstate'
import type { Failure } from './failures.ts'
import { notProvided } from './not-provided.ts'

/** What can be asked of the server at the menu; paths as typed, never folded. */
export type MenuCommand =
  | { readonly verb: 'put'; readonly path: string }
  | { readonly verb: 'get'; readonly path: string }
  | { readonly verb: 'list' }
  | { readonly verb: 'exit' }

/** Why a command line came to nothing when it was no session's failure. */
export type Misstep = 'notUnderstood' | 'unexpected'

export type MenuInput = {
  /** A person is there to be asked; a pipe never is. */
  readonly terminal: boolean
  /** Overwrite without asking. */
  readonly replace: boolean
}

type Context = MenuInput & {
  readonly command: MenuCommand | null
  readonly replaceNow: boolean
  readonly interrupted: boolean
  /** What is in the way of the command, while the person is asked about it. */
  readonly conflict: string | null
  readonly firstFailed: Failure | Misstep | null
}

export type MenuEvent =
  | { readonly type: 'command'; readonly command: MenuCommand }
  | { readonly type: 'help' }
  | { readonly type: 'stats' }
  | { readonly type: 'notUnderstood'; readonly why: string }
  | { readonly type: 'answer'; readonly yes: boolean }
  /** Ctrl-C. */
  | { readonly type: 'interrupt' }
  /** `quit`, Ctrl-D, the end of a pipe. */
  | { readonly type: 'quit' }

export type MenuOutput = {
  /** A pipe's first failed command; always null at a terminal. */
  readonly firstFailed: Failure | Misstep | null
}

export type CommandInput = { readonly command: MenuCommand; readonly replace: boolean }
/** What a command came to: the failure that ended it, or null when it is done. */
export type CommandResult = Failure | null

export const menuMachine = setup({
  types: {} as { context: Context; events: MenuEvent; input: MenuInput; output: MenuOutput },
  actors: {
    command: fromPromise<CommandResult, CommandInput>(notProvided('command')),
    closing: fromPromise<void>(notProvided('closing')),
  },
  actions: {
    prompt: notProvided('prompt') as () => void,
    /** Asks whether to overwrite `context.conflict`. */
    ask: notProvided('ask') as (_: { readonly context: Context }) => void,
    cancelCommand: notProvided('cancelCommand') as () => void,
    sayResult: notProvided('sayResult') as (_: unknown, result: CommandResult) => void,
    sayUnexpected: notProvided('sayUnexpected') as (
      _: unknown,
      params: { readonly error: unknown },
    ) => void,
    sayNotUnderstood: notProvided('sayNotUnderstood') as (_: unknown, why: string) => void,
    sayHelp: notProvided('sayHelp') as () => void,
    sayStats: notProvided('sayStats') as () => void,
    sayHowToLeave: notProvided('sayHowToLeave') as () => void,
    takeCommand: assign((_, command: MenuCommand) => ({ command, replaceNow: false })),
    replaceNow: assign({ replaceNow: true }),
    noteInterrupt: assign({ interrupted: true }),
    forgetInterrupt: assign({ interrupted: false }),
    noteConflict: assign({
      conflict: (_, result: CommandResult) => (result?.kind === 'exists' ? result.path : null),
    }),
    noteResult: assign({
      firstFailed: ({ context }, result: CommandResult | Misstep) => context.firstFailed ?? result,
    }),
  },
  guards: {
    interruptedBefore: ({ context }) => context.interrupted,
    saysYes: (_, yes: boolean) => yes,
    serverEnded: ({ context }, result: CommandResult) =>
      context.command?.verb === 'exit' && result === null,
    mayAsk: ({ context }, result: CommandResult) => context.terminal && result?.kind === 'exists',
  },
}).createMachine({
  id: 'menu',
  context: ({ input }) => ({
    ...input,
    command: null,
    replaceNow: false,
    interrupted: false,
    conflict: null,
    firstFailed: null,
  }),
  initial: 'prompting',
  states: {
    prompting: {
      tags: 'patient',
      entry: 'prompt',
      on: {
        command: {
          target: 'running',
          actions: { type: 'takeCommand', params: ({ event }) => event.command },
        },
        help: { target: 'prompting', reenter: true, actions: ['forgetInterrupt', 'sayHelp'] },
        stats: { target: 'prompting', reenter: true, actions: ['forgetInterrupt', 'sayStats'] },
        notUnderstood: {
          target: 'prompting',
          reenter: true,
          actions: [
            'forgetInterrupt',
            { type: 'noteResult', params: 'notUnderstood' },
            { type: 'sayNotUnderstood', params: ({ event }) => event.why },
          ],
        },
        interrupt: [
          { guard: 'interruptedBefore', target: 'leaving' },
          { actions: ['noteInterrupt', 'sayHowToLeave'] },
        ],
        quit: 'leaving',
      },
    },
    running: {
      tags: 'patient',
      entry: 'forgetInterrupt',
      exit: 'forgetInterrupt',
      invoke: {
        id: 'command',
        src: 'command',
        input: ({ context }) => ({
          command: context.command!,
          replace: context.replace || context.replaceNow,
        }),
        onDone: [
          {
            guard: { type: 'serverEnded', params: ({ event }) => event.output },
            target: 'leaving',
          },
          {
            guard: { type: 'mayAsk', params: ({ event }) => event.output },
            target: 'confirming',
            actions: { type: 'noteConflict', params: ({ event }) => event.output },
          },
          {
            target: 'prompting',
            actions: [
              { type: 'noteResult', params: ({ event }) => event.output },
              { type: 'sayResult', params: ({ event }) => event.output },
            ],
          },
        ],
        onError: {
          target: 'prompting',
          actions: [
            { type: 'noteResult', params: 'unexpected' },
            { type: 'sayUnexpected', params: ({ event }) => ({ error: event.error }) },
          ],
        },
      },
      on: {
        interrupt: [
          { guard: 'interruptedBefore', target: 'prompting' },
          { actions: ['noteInterrupt', 'cancelCommand'] },
        ],
        quit: { target: 'leaving', actions: 'cancelCommand' },
      },
    },
    confirming: {
      tags: 'patient',
      entry: 'ask',
      on: {
        answer: [
          {
            guard: { type: 'saysYes', params: ({ event }) => event.yes },
            target: 'running',
            actions: 'replaceNow',
          },
          { target: 'prompting' },
        ],
        interrupt: 'prompting',
        quit: 'leaving',
      },
    },
    leaving: {
      tags: 'patient',
      invoke: { id: 'closing', src: 'closing', onDone: 'left', onError: 'left' },
      on: { interrupt: 'left' },
    },
    left: { type: 'final' },
  },
  output: ({ context }) => ({ firstFailed: context.terminal ? null : context.firstFailed }),
})
