/**
 * What the states in which a client says hello have in common. XState checks the names in them
 * against each chart that they are put into. PROTOCOL "Hello and welcome", "Reconnecting".
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
