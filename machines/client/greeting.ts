/**
 * What the states in which a client says hello, or waits for what it asked, have in common. XState
 * checks the names in them against each chart that they are put into.
 * PROTOCOL "Hello and welcome", "Reconnecting", "While contents are compared".
 */
import type { Request } from '../messages.ts'
import type { Ports } from '../ports.ts'

interface Greeter {
  readonly context: { readonly ports: Ports; readonly request: Request }
}

/** Runs the handshake: `burst` is what becomes of bursts meanwhile, `onDone` what follows. */
export function greeting<const Burst, const OnDone>(burst: Burst, onDone: OnDone) {
  return {
    invoke: {
      id: 'handshake',
      src: 'handshake',
      input: ({ context }: Greeter) => ({ ports: context.ports, request: context.request }),
      onDone,
    },
    on: {
      burst,
      unreachable: { actions: 'forwardToHandshake' },
      greeted: { actions: 'forwardToHandshake' },
    },
  } as const
}

/** Waits while the server compares, which it confirms when asked: `same` if nothing differs. */
export function comparing<const Same, const Other>(same: Same, other: Other) {
  return {
    initial: 'asking',
    states: {
      asking: {
        after: { askRepeatMs: { target: 'asking', reenter: true, actions: 'sendPing' } },
      },
    },
    on: {
      burst: [
        { guard: 'isDone', target: 'done', actions: same },
        { guard: 'maySkip', target: 'done', actions: same },
        { guard: 'hasFailed', target: 'failed', actions: other },
        { guard: 'isStillComparing', target: 'comparing', reenter: true },
      ],
    },
    after: { silenceMs: 'reconnecting' },
  } as const
}

/** Says hello as a session of its own, again and again, until somebody takes the old one up. */
export function reconnecting<const Entry, const Burst, const OnDone>(
  entry: Entry,
  burst: Burst,
  onDone: OnDone,
) {
  return {
    initial: 'asking',
    states: {
      asking: { entry, ...greeting(burst, onDone) },
      resting: { after: { restMs: 'asking' } },
    },
    after: { patienceMs: { target: 'failed', actions: 'keepLinkLost' } },
  } as const
}
