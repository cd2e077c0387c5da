import type { SessionEvent } from '../machines/events.ts'
import type { MenuEvent } from '../machines/menu.ts'
import type { ListenerEvent } from '../machines/server/listener.ts'

/** Who makes an event happen; decides its colour. */
export type Origin = 'peer' | 'time' | 'disk' | 'command' | 'program'

/** Every event that enters the program's machines from outside, and what their parts report. */
type KnownEvent = SessionEvent | MenuEvent | ListenerEvent

const originOfKnown: Record<KnownEvent['type'], Origin> = {
  burst: 'peer',
  unreachable: 'peer',
  helloArrived: 'peer',
  exitProved: 'peer',
  addressChanged: 'peer',
  addressProved: 'peer',
  challenged: 'peer',
  timeout: 'time',
  sourcesOpened: 'disk',
  recordsSealed: 'disk',
  recordsStored: 'disk',
  recordsRejected: 'disk',
  blocksRejected: 'disk',
  fileFailed: 'disk',
  targetsLookedAt: 'disk',
  recordsSpared: 'disk',
  entryFailed: 'disk',
  cancel: 'command',
  drain: 'command',
  supersede: 'program',
  stop: 'command',
  command: 'command',
  help: 'command',
  stats: 'command',
  notUnderstood: 'command',
  answer: 'command',
  interrupt: 'command',
  quit: 'command',
  greeted: 'program',
  paused: 'program',
  sessionsLeft: 'program',
  sessionClosed: 'program',
  admitted: 'program',
}

/** The origin of an event as a chart names it. Machines among themselves are the program. */
export function originOf(event: string): Origin {
  if (event.startsWith('after ')) return 'time'
  return isKnown(event) ? originOfKnown[event] : 'program'
}

function isKnown(event: string): event is KnownEvent['type'] {
  return Object.hasOwn(originOfKnown, event)
}
