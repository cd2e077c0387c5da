import type { Command } from 'commander'
import { printable } from '../adapters/files/names.ts'

const PLAIN = /^[\w@%+=:,./-]+$/
const PLAIN_ON_WINDOWS = /^[\w@+=:,./\\-]+$/

/** The options a command was given, as they were typed, in their order. */
export type TypedOptions = readonly string[]

/** Notes each option of `command` as commander meets it; to be called before it parses. */
export function noteOptions(command: Command): TypedOptions {
  const typed: string[] = []
  for (const option of command.options) {
    command.on(`option:${option.name()}`, (value?: string | null) => {
      typed.push(option.long ?? option.flags, ...(typeof value === 'string' ? [value] : []))
    })
  }
  return typed
}

/** `ferrygram PARTS OPTIONS NAMES`, quoted so that a shell reads exactly that. */
export function commandLine(
  parts: readonly string[],
  options: TypedOptions,
  names: readonly string[],
): string {
  const dashed = names.some((name) => name.startsWith('-'))
  const words = ['ferrygram', ...parts, ...options, ...(dashed ? ['--'] : []), ...names]
  return words.map((word) => shellQuoted(word)).join(' ')
}

/**
 * One word for the shells of a platform. What could steer the terminal is written as the octal
 * escapes of `$'…'`, which bash, zsh and POSIX.1-2024 know.
 */
export function shellQuoted(word: string, platform: NodeJS.Platform = process.platform): string {
  if (platform === 'win32') return PLAIN_ON_WINDOWS.test(word) ? word : `"${printable(word)}"`
  if (PLAIN.test(word)) return word
  if (printable(word) === word) return `'${word.replaceAll("'", "'\\''")}'`
  const escaped = Array.from(word, (char) => {
    if (char === "'" || char === '\\') return `\\${char}`
    return printable(char) === char ? char : octal(char)
  })
  return `$'${escaped.join('')}'`
}

function octal(char: string): string {
  return Array.from(Buffer.from(char), (byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('')
}
