import type { Ferrygram } from './api.ts'
import { createNode } from './create-node.ts'

export type { Failure, Outcome } from '../../machines/failures.ts'
export type { Entry } from '../../machines/messages.ts'
export { openTrace, type Trace } from '../trace/trace-file.ts'
export type * from './api.ts'
export { createNode, type NodeOptions } from './create-node.ts'
export type { Paths } from './path-memory.ts'

/** The same, unwatched. */
export const node: Ferrygram = createNode()

export const { put, putAll, get, getAll, list, exit, serve } = node
