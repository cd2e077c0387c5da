import { createHash } from 'node:crypto'
import type { Entry } from '../../machines/messages.ts'
import { OWN_PREFIX } from './names.ts'

/** What stands beside a target while it is received, or waits to be taken up again. */
export interface PartNames {
  /** The bytes of one version, at their offsets. */
  readonly part: string
  /** Which records of that version are known to be synced. */
  readonly journal: string
  /** Which process is writing the target, in whatever version. */
  readonly lock: string
}

const OWN_NAME = new RegExp(
  `^(\\${OWN_PREFIX}[0-9a-f]{16})(-[0-9a-f]{16})?\\.(?:part|journal|lock)(?:-[a-z0-9]+)?$`,
)

/**
 * Where `entry` is received: the same version of the same file goes there on every run, and all
 * versions share one lock, by whatever path their folder is reached.
 */
export function partNamesOf({ path, sizeBytes, mtimeUs }: Entry): PartNames {
  const target = targetOf(path)
  const version = idOf(JSON.stringify([path, sizeBytes, mtimeUs]))
  return partNamesFrom(target, `${target}-${version}`)
}

/** The lock of what is received at `path`. */
export function lockNameOf(path: string): string {
  return lockNameFrom(targetOf(path))
}

function targetOf(path: string): string {
  return OWN_PREFIX + idOf(path.slice(path.lastIndexOf('/') + 1))
}

function partNamesFrom(target: string, version: string): PartNames {
  return { part: `${version}.part`, journal: `${version}.journal`, lock: lockNameFrom(target) }
}

function lockNameFrom(target: string): string {
  return `${target}.lock`
}

/** The lock beside `name`, and all names of its version if it is of one; null for any other name. */
export function companionsOf(
  name: string,
): { readonly lock: string; readonly names: PartNames | null } | null {
  const [, target, version] = OWN_NAME.exec(name) ?? []
  if (target === undefined) return null
  const names = version === undefined ? null : partNamesFrom(target, target + version)
  return { lock: lockNameFrom(target), names }
}

function idOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}
