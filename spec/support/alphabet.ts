import type { AnyEventObject } from 'xstate'
import type { SessionEvent } from '../../machines/events.ts'
import type { Answer } from '../../machines/messages.ts'
import * as ev from './events.ts'

/** Events by the names that tables call them; the first word is the event's type. */
export type Alphabet = Readonly<Record<string, AnyEventObject>>

/** What a welcome, or a look at a request, may answer. */
export const answers: Readonly<Record<Answer['kind'], Answer>> = {
  accepted: { kind: 'accepted', stored: [] },
  identical: { kind: 'identical' },
  compare: { kind: 'compare' },
  comparing: { kind: 'comparing' },
  sending: { kind: 'sending', entry: ev.entry },
  listed: { kind: 'listed', entries: [ev.entry] },
  manifest: { kind: 'manifest', manifestBytes: 150_000 },
  refused: { kind: 'refused', failure: { kind: 'exists', path: ev.entry.path } },
}

/** Bursts either side may meet. */
export const bursts: Alphabet = {
  'burst empty': ev.burst(),
  'burst data': ev.burst({ data: [{}] }),
  'burst status': ev.burst({ controls: [ev.status()] }),
  'burst data, status': ev.burst({ data: [{}], controls: [ev.status()] }),
  'burst ping': ev.burst({ controls: [ev.ping()] }),
  'burst digests': ev.burst({ controls: [ev.digests(0)] }),
  'burst draining 2': ev.burst({ controls: [ev.draining(2)] }),
  'burst draining 0': ev.burst({ controls: [ev.draining(0)] }),
  'burst draining 0, done': ev.burst({ controls: [ev.draining(0), ev.done()] }),
  'burst comparing': ev.burst({ controls: [ev.comparing()] }),
  'burst queued': ev.burst({ controls: [ev.queued()] }),
  'burst done': ev.burst({ controls: [ev.done()] }),
  'burst status, done': ev.burst({ controls: [ev.status(), ev.done()] }),
  'burst done but 2': ev.burst({ controls: [ev.doneBut(2)] }),
  'burst manifest': ev.burst({ controls: [ev.manifest()] }),
  'burst manifest, error': ev.burst({ controls: [ev.manifest(), ev.error()] }),
  'burst withdrawn': ev.burst({ controls: [ev.withdrawn()] }),
  'burst bye': ev.burst({ controls: [ev.bye()] }),
  'burst done, bye': ev.burst({ controls: [ev.done(), ev.bye()] }),
  'burst error': ev.burst({ controls: [ev.error()] }),
  'burst error exists': ev.burst({
    controls: [ev.error({ kind: 'exists', path: ev.entry.path })],
  }),
  'burst done, error': ev.burst({ controls: [ev.done(), ev.error()] }),
}

/** Everything but bursts that comes on the stream of a session. */
const others: Readonly<Record<string, SessionEvent>> = {
  'timeout loss': ev.timeout('loss'),
  'timeout probe': ev.timeout('probe'),
  'timeout statusDelay': ev.timeout('statusDelay'),
  'timeout statusRepeat': ev.timeout('statusRepeat'),
  unreachable: ev.unreachable(),
  recordsSealed: ev.recordsSealed(0, 1),
  recordsStored: ev.recordsStored([0]),
  recordsRejected: ev.recordsRejected([0]),
  blocksRejected: ev.blocksRejected(0, [1]),
  targetsLookedAt: ev.targetsLookedAt(),
  recordsSpared: ev.recordsSpared(),
  sourcesOpened: ev.sourcesOpened(),
  entryFailed: ev.entryFailed(),
  fileFailed: ev.fileFailed(),
  cancel: ev.cancel(),
  'sessionsLeft 2': ev.sessionsLeft(2),
  'sessionsLeft 0': ev.sessionsLeft(0),
  greeted: ev.greeted(),
  paused: ev.paused(),
}

/** What a client's session may meet: welcomes and refusals come to clients alone. */
export const clientStream: Alphabet = {
  ...bursts,
  'burst welcome': ev.welcome(answers.accepted),
  'burst welcome to wait': ev.burst({
    welcome: { answer: answers.accepted, introduction: ev.windowless },
  }),
  'burst welcome, data': ev.welcome(answers.sending, { data: [{}] }),
  'burst welcome, error': ev.welcome(answers.sending, { controls: [ev.error()] }),
  'burst results 0 to 1': ev.burst({ controls: [ev.results(0, 1)] }),
  'burst results 1 to 2': ev.burst({ controls: [ev.results(1, 2)] }),
  'burst refused': ev.refusal(),
  ...others,
  'burst challenge': ev.burst({ controls: [ev.challenge()] }),
  challenged: ev.challenged(),
}

/** What a server's session may meet: hellos come to servers alone. */
export const serverStream: Alphabet = {
  ...bursts,
  'burst question': ev.burst({ controls: [ev.question()] }),
  'burst hello': ev.helloAgain(),
  'burst hello, ping': ev.helloAgain({ controls: [ev.ping()] }),
  'burst hello, data': ev.helloAgain({ data: [{}] }),
  ...others,
  'burst response': ev.burst({ controls: [ev.response()] }),
  admitted: ev.admitted(),
  supersede: ev.supersede(),
  drain: ev.drain(),
  addressChanged: ev.addressChanged(),
  addressProved: ev.addressProved(),
}
