import type { AnyStateNode, AnyTransitionDefinition } from 'xstate'
import type { RegisteredMachine } from '../machines/index.ts'
import { actionName, childName, eventName, guardName } from './names.ts'
import { type Origin, originOf } from './origin.ts'

/** One machine as it is drawn: plain values, in the order its author wrote them. */
export interface Chart {
  /** As in the registry, such as `client/put`. */
  readonly id: string
  readonly title: string
  readonly summary: string
  /** The root comes first, every other state after its parent. */
  readonly states: readonly ChartState[]
  /** In the order in which XState tries them, state by state. */
  readonly transitions: readonly ChartTransition[]
}

export interface ChartState {
  /** Keys from the root down, joined by dots: `sending.quiet`. The root's own is empty. */
  readonly id: string
  /** Its last key; the machine's id for the root. */
  readonly name: string
  /** null for the root. */
  readonly parent: string | null
  /** 0 for the root. */
  readonly depth: number
  readonly kind: AnyStateNode['type']
  /** The child entered first, of a compound state. */
  readonly initial: string | null
  readonly tags: readonly string[]
  readonly entry: readonly string[]
  readonly exit: readonly string[]
  readonly invokes: readonly { readonly id: string; readonly source: string }[]
}

export interface ChartTransition {
  /** `<source>--<event>`, then `--2`, `--3` … for the alternatives after the first. */
  readonly id: string
  readonly source: string
  /** Empty for an internal transition; several only into a parallel state. */
  readonly targets: readonly string[]
  /** `burst`, `after answerMsMax`, `always`, `done(transfer)`, `error(transfer)`, `*`. */
  readonly event: string
  readonly origin: Origin
  /** Counted from 1 among its state's transitions for this event: the first that may, goes. */
  readonly alternative: number
  readonly alternatives: number
  readonly guard: string | null
  readonly actions: readonly string[]
  /** The source is left and entered again even when the target lies inside it. */
  readonly reenter: boolean
}

/** Reads a machine's configuration into a chart. Nothing is started. */
export function chartOf({ id, title, summary, machine }: RegisteredMachine): Chart {
  const nodes = inDocumentOrder(machine.root)
  return {
    id,
    title,
    summary,
    states: nodes.map(stateOf),
    transitions: nodes.flatMap(transitionsOf),
  }
}

/**
 * True for a transition that is written as a row inside its state, false for one that is an arrow:
 * a state that only reacts, or moves among the states it holds, is not left.
 */
export function isRow(transition: ChartTransition, chart: Chart): boolean {
  const { source, targets, reenter } = transition
  if (targets.length === 0) return true
  const holdsOthers = chart.states.some((state) => state.parent === source)
  if (!holdsOthers) return !reenter && targets.every((target) => target === source)
  return source !== '' && targets.every((target) => isWithin(target, source))
}

function isWithin(id: string, ancestor: string): boolean {
  return id === ancestor || id.startsWith(`${ancestor}.`)
}

function inDocumentOrder(node: AnyStateNode): AnyStateNode[] {
  return [node, ...Object.values(node.states).flatMap(inDocumentOrder)]
}

function idOf(node: AnyStateNode): string {
  return node.path.join('.')
}

function stateOf(node: AnyStateNode): ChartState {
  return {
    id: idOf(node),
    name: node.key,
    parent: node.parent ? idOf(node.parent) : null,
    depth: node.path.length,
    kind: node.type,
    initial: node.type === 'compound' ? idOf(node.initial.target[0]!) : null,
    tags: node.tags,
    // `node.entry` also holds what XState adds to start the timers of `after`; `config` does not.
    entry: listOf(node.config.entry).map(actionName),
    exit: listOf(node.config.exit).map(actionName),
    invokes: node.invoke.map(({ id, src }) => ({
      id: childName(id, node),
      source: typeof src === 'string' ? src : 'inline',
    })),
  }
}

function transitionsOf(node: AnyStateNode): ChartTransition[] {
  return [node.always ?? [], ...node.transitions.values()].flatMap((alternatives) =>
    alternatives.map((definition, index) => transitionOf(definition, index, alternatives.length)),
  )
}

function transitionOf(
  definition: AnyTransitionDefinition,
  index: number,
  alternatives: number,
): ChartTransition {
  const source = idOf(definition.source)
  const event = eventName(definition)
  return {
    id: transitionId(source, event, index),
    source,
    targets: (definition.target ?? []).map(idOf),
    event,
    origin: originOf(event),
    alternative: index + 1,
    alternatives,
    guard: definition.guard ? guardName(definition.guard) : null,
    actions: definition.actions.map(actionName),
    reenter: definition.reenter,
  }
}

/** `after answerMsMax` becomes `after-answerMsMax`: ids hold no spaces and no brackets. */
function transitionId(source: string, event: string, index: number): string {
  const slug = event.replace(/[^\w.*]+/g, '-').replace(/-$/, '')
  return `${source || 'root'}--${slug}${index === 0 ? '' : `--${index + 1}`}`
}

function listOf<T>(value: T | readonly T[] | undefined): readonly T[] {
  if (value === undefined) return []
  return Array.isArray(value) ? value : [value as T]
}
