import { type AnyStateMachine, assign, enqueueActions, setup } from 'xstate'
import type { Subject } from './subject.ts'

/** What moves the strings of an invoked actor. */
export type PuppetEvent =
  | { readonly type: 'end'; readonly output: unknown }
  | { readonly type: 'break'; readonly error: unknown }

const DID = 'did '
const OWN = 'own '

/**
 * The machine as specs watch it: every named action leaves its name behind, every effect is that
 * name and nothing else, every invoked actor is a puppet. Assignments and what goes to invoked
 * actors stay as they are.
 */
export function observed({ machine, supplied = {} }: Subject): AnyStateMachine {
  const { implementations } = machine
  const own = Object.entries({ ...implementations.actions, ...supplied.actions })
  const actions = own.flatMap(([name, action]) => [
    [name, recorded(name, isPure(action))],
    [`${DID}${name}`, () => {}],
    [`${OWN}${name}`, action],
  ])
  const actors = Object.keys(implementations.actors).map((src) => [src, puppet])
  return machine.provide({
    actions: Object.fromEntries(actions),
    guards: supplied.guards ?? {},
    actors: Object.fromEntries(actors),
  })
}

/** The name of the action a pure step wants executed, null if it is XState's own. */
export function didName(action: { readonly type: string }): string | null {
  return action.type.startsWith(DID) ? action.type.slice(DID.length) : null
}

/** An actor that ends when it is told, as it is told. */
const puppet = setup({
  types: {} as {
    context: { readonly output: unknown }
    events: PuppetEvent
  },
  actions: {
    keepOutput: assign(({ event }) => (event.type === 'end' ? { output: event.output } : {})),
    throwError: ({ event }) => {
      if (event.type === 'break') throw event.error
    },
  },
}).createMachine({
  context: { output: undefined },
  initial: 'running',
  states: {
    running: {
      on: { end: { target: 'ended', actions: 'keepOutput' }, break: { actions: 'throwError' } },
    },
    ended: { type: 'final' },
  },
  output: ({ context }) => context.output,
})

function recorded(name: string, keep: boolean) {
  return enqueueActions(({ enqueue }, params) => {
    enqueue({ type: `${DID}${name}` })
    if (keep) enqueue({ type: `${OWN}${name}`, params })
  })
}

/** What XState resolves itself: assignments, and messages that stay inside. */
function isPure(action: unknown): boolean {
  return typeof action === 'function' && 'resolve' in action
}
