import {
  Actor,
  type AnyActor,
  type AnyEventObject,
  type InspectionEvent,
  type Snapshot,
  StateMachine,
  type StateValue,
} from 'xstate'
import { registry } from '../../machines/index.ts'
import { digest, digestVerdict, sinceMs } from './digest.ts'
import { TRACE_VERSION, type TraceLine } from './lines.ts'

export interface RecorderOptions {
  /** Of a simulated run; null for a real one. */
  readonly seed: number | null
  /** Takes one line of JSON, its newline included. Must not throw. */
  readonly write: (line: string) => void
}

/**
 * Records the event log of every machine it watches: give what it returns to `createNode` or
 * `simulate` as `inspect`. It writes header fields, verdicts and names, never contents, keys or
 * anything made from them; equal runs give equal logs, byte for byte. Time begins now.
 *
 * @example
 * const log: string[] = []
 * const sea = simulate({ seed: 7, inspect: recorder({ seed: 7, write: (line) => log.push(line) }) })
 */
export function recorder(options: RecorderOptions): (inspection: InspectionEvent) => void {
  const recording = new Recording(options.write)
  recording.begin(options.seed)
  return (inspection) => recording.take(inspection)
}

/** An event on its way through an actor. */
interface Sent {
  readonly n: number
  readonly atMs: number
  readonly event: AnyEventObject
}

/** What is known of one actor. */
interface Recorded {
  readonly name: string
  readonly isRoot: boolean
  /** Sent and not taken yet, in order. */
  sent: readonly Sent[]
  verdict: unknown
}

class Recording {
  readonly #write: (line: string) => void
  readonly #originMs = performance.now()
  readonly #actors = new WeakMap<AnyActor, Recorded>()
  /** How many roots of a role there were: XState's own ids count through the whole process. */
  readonly #roots = new Map<string, number>()
  #events = 0

  constructor(write: (line: string) => void) {
    this.#write = write
  }

  begin(seed: number | null): void {
    const startedAt = new Date().toISOString()
    this.#line({ type: 'trace', version: TRACE_VERSION, seed, startedAt })
  }

  take(inspection: InspectionEvent): void {
    const { actorRef } = inspection
    if (!(actorRef instanceof Actor)) return
    switch (inspection.type) {
      case '@xstate.actor':
        this.#add(actorRef)
        break
      case '@xstate.event':
        this.#onSent(actorRef, inspection.event)
        break
      case '@xstate.snapshot':
        this.#onTaken(actorRef, inspection.event, inspection.snapshot)
        break
    }
  }

  #add(actor: AnyActor): void {
    const machine = machineOf(actor)
    const parent = actor._parent instanceof Actor ? this.#actors.get(actor._parent) : undefined
    const name =
      parent === undefined ? this.#rootName(machine ?? 'actor') : `${parent.name}/${roleOf(actor)}`
    this.#actors.set(actor, { name, isRoot: parent === undefined, sent: [], verdict: undefined })
    this.#line({ type: 'actor', atMs: this.#nowMs(), actor: name, machine })
  }

  #onSent(actor: AnyActor, event: AnyEventObject): void {
    const recorded = this.#actors.get(actor)
    if (recorded === undefined) return
    recorded.sent = [...recorded.sent, this.#number(event)]
  }

  #onTaken(actor: AnyActor, event: AnyEventObject, snapshot: Snapshot<unknown>): void {
    const recorded = this.#actors.get(actor)
    if (recorded === undefined) return
    const at = recorded.sent.findIndex((sent) => sent.event === event)
    // Nobody sends the stop that a parent gives its child.
    const { n, atMs } = recorded.sent[at] ?? this.#number(event)
    recorded.sent = recorded.sent.slice(at + 1)
    this.#line({
      type: 'event',
      n,
      atMs,
      actor: recorded.name,
      event: digest(withoutActorId(event), this.#originMs),
      state: stateOf(snapshot),
      ...this.#verdictOf(recorded, snapshot),
      ...this.#endOf(recorded, snapshot),
    })
  }

  #verdictOf(recorded: Recorded, snapshot: Snapshot<unknown>) {
    const verdict = verdictIn(snapshot)
    if (verdict === undefined || verdict === recorded.verdict) return {}
    recorded.verdict = verdict
    return { verdict: digestVerdict(verdict, this.#originMs) }
  }

  /** How a root ended; of a child the parent's next event tells. */
  #endOf({ isRoot }: Recorded, { status, output, error }: Snapshot<unknown>) {
    if (status === 'error') return { error: digest(error, this.#originMs) }
    return isRoot && status === 'done' ? { output: digest(output, this.#originMs) } : {}
  }

  #number(event: AnyEventObject): Sent {
    this.#events += 1
    return { n: this.#events, atMs: this.#nowMs(), event }
  }

  #rootName(role: string): string {
    const index = (this.#roots.get(role) ?? 0) + 1
    this.#roots.set(role, index)
    return `${role}#${index}`
  }

  #nowMs(): number {
    return sinceMs(performance.now(), this.#originMs)
  }

  #line(line: TraceLine): void {
    this.#write(`${JSON.stringify(line)}\n`)
  }
}

/** The registry's id of the statechart that an actor runs; providing effects keeps its config. */
function machineOf({ logic }: AnyActor): string | null {
  if (!(logic instanceof StateMachine)) return null
  return registry.find(({ machine }) => machine.config === logic.config)?.id ?? logic.id
}

/** What a child is to its parent: its id, or its source where XState made the id up. */
function roleOf({ id, src }: AnyActor): string {
  return /^\d+\./.test(id) && typeof src === 'string' ? src : id
}

/** The event without the id of the actor that it is about: its type has it, or it is made up. */
function withoutActorId({ actorId: _, ...event }: AnyEventObject): AnyEventObject {
  return event
}

function stateOf(snapshot: Snapshot<unknown>): string {
  return 'value' in snapshot ? stateText(snapshot.value as StateValue) : snapshot.status
}

/** `sending.lively`; states side by side are joined by a blank. */
function stateText(value: StateValue): string {
  if (typeof value === 'string') return value
  return Object.entries(value)
    .map(([name, inner]) => {
      const below = inner === undefined ? '' : stateText(inner)
      return below === '' ? name : `${name}.${below}`
    })
    .join(' ')
}

function verdictIn(snapshot: Snapshot<unknown>): object | undefined {
  if (!('context' in snapshot)) return undefined
  const { context } = snapshot
  if (typeof context !== 'object' || context === null || !('verdict' in context)) return undefined
  const { verdict } = context
  return typeof verdict === 'object' && verdict !== null ? verdict : undefined
}
