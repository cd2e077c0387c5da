import {
  type AnyEventObject,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type AnyTransitionDefinition,
  getInitialMicrosteps,
  getMicrosteps,
} from 'xstate'
import { didName, observed } from './observed.ts'
import type { Ending, Memory, Subject } from './subject.ts'

/** One thing that can happen in a state. */
export interface Step {
  /** As tables call it: `burst done`, `done(handshake) accepted`, `after quietMs`. */
  readonly name: string
  readonly event: AnyEventObject
  readonly cause:
    | { readonly kind: 'stream' }
    | { readonly kind: 'ending'; readonly child: string; readonly ending: Ending }
    | { readonly kind: 'after'; readonly delay: string }
}

/** A state as far as guards can tell it from others. */
export interface Place {
  readonly key: string
  /** Keys from the root down, joined by dots. */
  readonly value: string
  readonly memory: Memory
  readonly snapshot: AnyMachineSnapshot
  /** The name of the input and the steps that lead here. */
  readonly input: string
  readonly path: readonly Step[]
}

/** What follows from one step. */
export interface Edge {
  readonly from: Place
  readonly step: Step
  /** Null when the machine broke. */
  readonly to: Place | null
  readonly broke: string | null
  /** The snapshot it really led to; that of `to` may be another of the same place. */
  readonly result: AnyMachineSnapshot
  /** In order, with what they send to invoked actors of their own accord: `congestion.drained`. */
  readonly actions: readonly string[]
  /** Timers and actors that began, anew or not. */
  readonly begun: readonly string[]
  /** The transitions that were selected; without any, nothing happens. */
  readonly taken: readonly AnyTransitionDefinition[]
  readonly ignored: boolean
}

/** Every state that can be reached, and what each event does there. */
export interface Walk {
  readonly subject: Subject
  readonly machine: AnyStateMachine
  readonly initial: readonly {
    readonly input: string
    readonly to: Place
    readonly actions: readonly string[]
  }[]
  readonly places: ReadonlyMap<string, Place>
  readonly edges: readonly Edge[]
  /** The same once more, from other snapshots of the same places. */
  readonly again: readonly Edge[]
  /** States that were entered, if only to be left at once. */
  readonly entered: ReadonlySet<string>
}

/** A walk that grows beyond this forgot to say what its guards remember. */
const PLACES_MAX = 500

const walks = new Map<Subject, Walk>()

/** The walk through a machine, made once for all specs. */
export function walkOf(subject: Subject): Walk {
  const walked = walks.get(subject) ?? walk(subject)
  walks.set(subject, walked)
  return walked
}

/** Walks breadth first from every input, with every event in every state. */
function walk(subject: Subject): Walk {
  const machine = observed(subject)
  const places = new Map<string, Place>()
  const twins = new Map<string, Place>()
  const entered = new Set<string>()
  const visit: Visit = (microsteps, input, path) => {
    for (const [{ _nodes }] of microsteps) for (const { id } of _nodes) entered.add(id)
    const place = placeOf(subject, microsteps.at(-1)![0], input, path)
    const known = places.get(place.key)
    if (known !== undefined && known.snapshot !== place.snapshot) twins.set(place.key, place)
    if (known !== undefined) return known
    places.set(place.key, place)
    if (places.size > PLACES_MAX) throw new Error(`${subject.id}: the walk does not end`)
    return place
  }
  const initial = Object.entries(subject.inputs).map(([input, value]) => {
    const microsteps = getInitialMicrosteps(machine, value)
    return { input, to: visit(microsteps, input, []), actions: didIn(microsteps, null).actions }
  })
  const edges: Edge[] = []
  // Places are added while this goes through them.
  for (const place of places.values()) edges.push(...edgesFrom(subject, machine, place, visit))
  const again = [...twins.values()].flatMap((twin) => edgesFrom(subject, machine, twin, visit))
  return { subject, machine, initial, places, edges, again, entered }
}

function edgesFrom(subject: Subject, machine: AnyStateMachine, from: Place, visit: Visit): Edge[] {
  const { status, context } = from.snapshot
  if (status !== 'active' || subject.within?.(context) === false) return []
  return stepsIn(subject, from.snapshot).map((step) => edgeOf(machine, from, step, visit))
}

type Microsteps = ReturnType<typeof getMicrosteps>
type Visit = (microsteps: Microsteps, input: string, path: readonly Step[]) => Place

function edgeOf(machine: AnyStateMachine, from: Place, step: Step, visit: Visit): Edge {
  const taken = machine.getTransitionData(from.snapshot, step.event)
  const still = { from, step, taken, result: from.snapshot, actions: [], begun: [] }
  if (taken.length === 0 && !step.event.type.startsWith('xstate.error.')) {
    return { ...still, to: from, broke: null, ignored: true }
  }
  try {
    const microsteps = getMicrosteps(machine, from.snapshot, step.event)
    const result = microsteps.at(-1)![0]
    if (result.status === 'error') throw result.error
    const to = visit(microsteps, from.input, [...from.path, step])
    return { ...still, to, broke: null, ignored: false, result, ...didIn(microsteps, step.event) }
  } catch (error) {
    return { ...still, to: null, broke: String(error), ignored: false }
  }
}

/** The same memory and value make the same place, whatever else a snapshot holds. */
function placeOf(
  subject: Subject,
  snapshot: AnyMachineSnapshot,
  input: string,
  path: readonly Step[],
): Place {
  const value = pathOf(snapshot.value)
  const memory = subject.remembered(snapshot.context, value)
  return { key: `${value} ${JSON.stringify(memory)}`, value, memory, snapshot, input, path }
}

/** `sending.quiet`. */
export function pathOf(value: AnyMachineSnapshot['value']): string {
  if (typeof value === 'string') return value
  const [[key, inner]] = Object.entries(value) as [[string, typeof value]]
  return `${key}.${pathOf(inner)}`
}

/** Stream events always; ends of the actors and timers that are running. */
function stepsIn(subject: Subject, snapshot: AnyMachineSnapshot): Step[] {
  const steps: Step[] = Object.entries(subject.events).map(([name, event]) => ({
    name,
    event,
    cause: { kind: 'stream' },
  }))
  for (const node of snapshot._nodes) {
    for (const { id, src } of node.invoke) {
      for (const [name, ending] of Object.entries(subject.endings[String(src)] ?? {})) {
        steps.push(endingOf(id, String(src), name, ending))
      }
    }
    for (const type of new Set(node.after.map(({ eventType }) => eventType))) {
      const delay = String(node.after.find(({ eventType }) => eventType === type)!.delay)
      steps.push({ name: `after ${delay}`, event: { type }, cause: { kind: 'after', delay } })
    }
  }
  return steps
}

function endingOf(child: string, src: string, name: string, ending: Ending): Step {
  const how = 'error' in ending ? 'error' : 'done'
  return {
    name: `${how}(${src})${name === '' ? '' : ` ${name}`}`,
    event: { type: `xstate.${how}.actor.${child}`, ...ending, actorId: child },
    cause: { kind: 'ending', child, ending },
  }
}

function didIn(microsteps: Microsteps, cause: AnyEventObject | null) {
  const all = microsteps.flatMap(([, actions]) => actions)
  return {
    actions: all.flatMap((action) => didName(action) ?? sentBy(action.type, action.params, cause)),
    begun: all.flatMap(({ type, params }) => begunBy(type, params)),
  }
}

/** `congestion.drained`; what is only passed on bears the name of the action that does it. */
function sentBy(type: string, params: unknown, cause: AnyEventObject | null): string[] {
  if (type !== 'xstate.sendTo' || !isSending(params) || params.event === cause) return []
  return [`${params.targetId}.${params.event.type}`]
}

function isSending(
  params: unknown,
): params is { readonly targetId: string; readonly event: AnyEventObject } {
  return typeof params === 'object' && params !== null && 'targetId' in params && 'event' in params
}

/** `quietMs` for a timer, the id of an actor. */
function begunBy(type: string, params: unknown): string[] {
  if (typeof params !== 'object' || params === null || !('id' in params)) return []
  if (type === 'xstate.spawnChild') return [String(params.id)]
  const timer = /^xstate\.after\.([^.]+)\./.exec(String(params.id))
  return type === 'xstate.raise' && timer ? [timer[1]!] : []
}
