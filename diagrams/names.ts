import type { AnyStateNode, AnyTransitionDefinition } from 'xstate'

/**
 * What a transition waits for, in words: `burst`, `after answerMsMax`, `always`, `done(transfer)`.
 * XState's own event types spell these `xstate.after.answerMsMax.put.connecting` and the like.
 */
export function eventName(definition: AnyTransitionDefinition): string {
  const type = definition.eventType
  if (type === '') return 'always'
  if ('delay' in definition) return `after ${delayName(definition.delay)}`
  if (type === `xstate.done.state.${definition.source.id}`) return `done(${definition.source.key})`
  const ofChild = /^xstate\.(done|error|snapshot)\.(?:actor\.)?(.+)$/.exec(type)
  if (ofChild) return `${ofChild[1]}(${childName(ofChild[2]!, definition.source)})`
  return type
}

/** An invoked actor by its id, or by its source if XState had to make up an id: `0.put.sending`. */
export function childName(id: string, node: AnyStateNode): string {
  const invoke = node.invoke.find((candidate) => candidate.id === id)
  if (!id.endsWith(`.${node.id}`) || invoke === undefined) return id
  return typeof invoke.src === 'string' ? invoke.src : 'inline'
}

/** `startHandshake`, or with parameters known in advance `armTimer(loss)`. */
export function actionName(action: unknown): string {
  return referenceName(action)
}

/** `isWelcome`, and in words what XState builds: `not isWelcome`, `a and b`, `a or b`. */
export function guardName(guard: unknown): string {
  if (typeof guard !== 'function' || !('guards' in guard)) return referenceName(guard)
  const parts = (guard.guards as readonly unknown[]).map((part) => {
    const name = guardName(part)
    return name.includes(' ') && !name.startsWith('not ') ? `(${name})` : name
  })
  return guard.name === 'not' ? `not ${parts[0]}` : parts.join(` ${guard.name} `)
}

function delayName(delay: unknown): string {
  return typeof delay === 'number' ? `${delay} ms` : String(delay)
}

/** Named references, and what XState's own creators (`assign`, `raise`, …) return. */
function referenceName(reference: unknown): string {
  if (typeof reference === 'string') return reference
  if (!hasType(reference)) {
    return typeof reference === 'function' && reference.name !== '' ? reference.name : 'inline'
  }
  const name = reference.type.replace(/^xstate\./, '')
  const params = 'params' in reference ? constants(reference.params) : []
  return params.length === 0 ? name : `${name}(${params.join(', ')})`
}

/** The parameters that are known without a context or an event: `rate 4`, `steers`, `drained`. */
function constants(params: unknown): string[] {
  if (typeof params !== 'object' || params === null) {
    return ['string', 'number', 'boolean'].includes(typeof params) ? [String(params)] : []
  }
  return Object.entries(params).flatMap(([key, value]) => {
    if (typeof value === 'number') return `${key} ${value}`
    if (typeof value === 'string') return value
    return value === true ? key : []
  })
}

function hasType(value: unknown): value is { readonly type: string } {
  const mayHold = (typeof value === 'object' && value !== null) || typeof value === 'function'
  return mayHold && 'type' in value && typeof value.type === 'string'
}
