import type { AnyEventObject, DoneActorEvent, ErrorActorEvent } from 'xstate'
import type { Established } from './client/handshake.ts'
import { carried } from './events.ts'
import { type Failure, failureOf, type Outcome } from './failures.ts'
import type { Answer } from './messages.ts'

/** How an invoked actor ends: with output, or with an error. */
export type SettledEvent<Id extends string, Output> =
  | DoneActorEvent<Output, Id>
  | ErrorActorEvent<unknown, Id>

/** What the handshake ends with. */
export type HandshakeSettled = SettledEvent<'handshake', Outcome<Established>>
/** What a sender or receiver ends with. */
export type TransferSettled = SettledEvent<'transfer', Outcome<null>>

/**
 * The failure an event brings, whatever it comes as: an actor that rejected or whose outcome is a
 * failure, a welcome that refuses, the peer's error, a failed file, a cancel. Null for all others.
 */
export function failureIn(event: AnyEventObject): Failure | null {
  if (event.type === 'cancel') return { kind: 'cancelled' }
  if (event.type === 'supersede') return { kind: 'superseded' }
  if (event.type === 'fileFailed') return event['failure']
  if (event.type.startsWith('xstate.error.actor.')) return failureOf(event['error'])
  if (event.type.startsWith('xstate.done.actor.')) {
    const outcome: unknown = event['output']
    if (isFailed(outcome)) return outcome.failed
    const answer = answerIn(event)
    return answer?.kind === 'refused' ? answer.failure : null
  }
  return carried(event, 'error')?.failure ?? null
}

/** The answer that the end of a successful handshake brings. */
export function answerIn(event: AnyEventObject): Answer | null {
  return establishedIn(event)?.welcome.answer ?? null
}

/** What the end of a successful handshake established. */
export function establishedIn(event: AnyEventObject): Established | null {
  if (event.type !== 'xstate.done.actor.handshake') return null
  const outcome: Outcome<Established> = event['output']
  return 'ok' in outcome ? outcome.ok : null
}

/** Whether a reconnect that failed so may succeed a little later. */
export function isPassing({ kind }: Failure): boolean {
  return ['noAnswer', 'nothingListens', 'busy', 'tooManySessions', 'serverDraining'].includes(kind)
}

function isFailed(outcome: unknown): outcome is { readonly failed: Failure } {
  return typeof outcome === 'object' && outcome !== null && 'failed' in outcome
}
