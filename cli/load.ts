import type { Ferrygram } from '../adapters/runtime/api.ts'

/** Loads the API, which takes far longer than a mistake in the arguments should. */
export type Load = (options: Pick<Ferrygram, 'inspect'>) => Promise<Ferrygram>
