import type { SinonFakeTimers } from 'sinon'
import { type AnyActor, createActor, type StateValue } from 'xstate'
import type { PuppetEvent } from './observed.ts'
import { pathOf, type Step, type Walk } from './walk.ts'

/** Goes a walk's path with a live actor, its timers driven by `clock`. */
export function replay(
  { machine, subject }: Walk,
  input: string,
  path: readonly Step[],
  clock: SinonFakeTimers,
): AnyActor {
  const actor = createActor(machine, { input: subject.inputs[input] }).start()
  for (const { event, cause } of path) {
    if (cause.kind === 'stream') actor.send(event)
    else if (cause.kind === 'after') wait(actor, cause.delay, clock)
    else {
      const child: AnyActor = actor.getSnapshot().children[cause.child]
      const told: PuppetEvent =
        'error' in cause.ending
          ? { type: 'break', error: cause.ending.error }
          : { type: 'end', output: cause.ending.output }
      child.send(told)
    }
  }
  return actor
}

/** Lets a delay go by; a shorter one that leaves the top-level state ends the wait. */
function wait(actor: AnyActor, name: string, clock: SinonFakeTimers): void {
  const { machine, context, value } = actor.getSnapshot()
  const delay = machine.implementations.delays[name]
  const dueMs = clock.now + (typeof delay === 'function' ? delay({ context }) : delay)
  const topOf = (of: StateValue) => pathOf(of).split('.')[0]
  const still = () => topOf(actor.getSnapshot().value) === topOf(value)
  while (clock.now < dueMs && still() && clock.countTimers() > 0) clock.next()
}
