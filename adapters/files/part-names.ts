import { createHash } from 'node:crypto'
import type { Entry } from '../../machines/messages.ts'
import { OWN_PREFIX } from './names.ts'

/** What stands beside a target while it is received, or waits to be taken up again. */
export interface PartNames {
  /** The bytes, at their offsets. */
  readonly part: string
  /** Which of its records are known to be synced. */
  readonly journal: string
  /** Which process is writing it. */
  readonly lock: string
}

const OWN_NAME = new RegExp(`^(\\${OWN_PREFIX}[0-9a-f]{16})\\.(part|journal|lock)(-[a-z0-9]+)?$`)

/** Where `entry` is received: the same version of the same file goes there on every run. */
export function partNamesOf({ path, sizeBytes, mtimeUs }: Entry): PartNames {
  const version = JSON.stringify([path, sizeBytes, mtimeUs])
  const id = createHash('sha256').update(version).digest('hex').slice(0, 16)
  return partNamesFrom(`${OWN_PREFIX}${id}`)
}

export function partNamesFrom(stem: string): PartNames {
  return { part: `${stem}.part`, journal: `${stem}.journal`, lock: `${stem}.lock` }
}

/** What all names of one part have in common; null when `name` is none of them. */
export function stemOf(name: string): string | null {
  return OWN_NAME.exec(name)?.[1] ?? null
}
