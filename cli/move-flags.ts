import type { ClientFlags } from './with-client.ts'

/** What put, get and the menu can be told about files that are there already. */
export interface MoveFlags extends ClientFlags {
  readonly replace?: boolean
  readonly skip?: boolean
  readonly checksum?: boolean
}

/** The same, as the API takes it. */
export function moveOptions({ replace = false, skip = false, checksum = false }: MoveFlags) {
  return { replace, skip, checksum }
}
