import type { Failure } from '../../machines/failures.ts'
import { NAME_BYTES_MAX, PATH_BYTES_MAX } from '../../machines/limits.ts'

/** Whose rules a name must keep: those of the system that is to hold the file. */
export type System = 'posix' | 'windows' | 'darwin'

/** What begins the names of files that are ferrygram's own; nobody may ask for one. */
export const OWN_PREFIX = '.ferrygram-'

/** Invisible or reordering: C0, C1, DEL, lone surrogates, line separators, bidi controls. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu
const WINDOWS_FORBIDS = /[<>:"|?*\\]/
/** Reserved with any extension, and with spaces before it. */
const WINDOWS_DEVICE = /^(CON|CONIN\$|CONOUT\$|PRN|AUX|NUL|COM[1-9¹²³]|LPT[1-9¹²³]) *(\.|$)/i

/** The system this process runs on, as far as names are concerned. */
export function thisSystem(): System {
  if (process.platform === 'win32') return 'windows'
  return process.platform === 'darwin' ? 'darwin' : 'posix'
}

/**
 * Judges a path from the other side: parts between `/`, relative to a folder. Null when `system`
 * can hold it and it stays inside that folder, otherwise a badName that says why.
 */
export function checkPath(path: string, system: System): Failure | null {
  const why = faultOfPath(path, system)
  return why === null ? null : { kind: 'badName', path, why }
}

function faultOfPath(path: string, system: System): string | null {
  if (path === '') return 'the name is empty'
  if (path.startsWith('/')) return 'the path is absolute'
  if (/\p{Cs}/u.test(path)) return 'it is not valid Unicode'
  if (/\p{Cc}/u.test(path)) return 'it holds a control character'
  if (Buffer.byteLength(path) > PATH_BYTES_MAX) return `it is over ${PATH_BYTES_MAX} bytes long`
  for (const part of path.split('/')) {
    const why = faultOfPart(part, system)
    if (why !== null) return why
  }
  return null
}

function faultOfPart(part: string, system: System): string | null {
  if (part === '') return 'a part of the path is empty'
  if (part === '.' || part === '..') return `${part} is not a name`
  if (Buffer.byteLength(part) > NAME_BYTES_MAX) return `a name is over ${NAME_BYTES_MAX} bytes long`
  const folded = system === 'posix' ? part : part.toLowerCase()
  if (folded.startsWith(OWN_PREFIX)) return `names beginning ${OWN_PREFIX} are ferrygram's own`
  return system === 'windows' ? faultOnWindows(part) : null
}

function faultOnWindows(part: string): string | null {
  const forbidden = WINDOWS_FORBIDS.exec(part)
  if (forbidden !== null) return `Windows allows no ${forbidden[0]} in a name`
  if (/[. ]$/.test(part)) return 'Windows allows no name that ends in a dot or a space'
  const device = WINDOWS_DEVICE.exec(part)
  return device === null ? null : `${device[1]} is a device on Windows`
}

/** `name` as it may be shown in a terminal: what could hide or reorder text reads `\u{202e}`. */
export function printable(name: string): string {
  return name.replace(UNPRINTABLE, (char) => `\\u{${char.codePointAt(0)!.toString(16)}}`)
}
