import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { parseArgsStringToArgv } from 'string-argv'
import type { MenuEvent } from '../machines/menu.ts'

/** The verbs of the menu, in the order they are shown. */
export const VERBS = ['put', 'get', 'list', 'exit', 'stats', 'help', 'quit'] as const
type Verb = (typeof VERBS)[number]

/**
 * What a line typed at the menu asks for. Verbs in any case; a name is kept as it is, quoted or
 * not, and everything after `put` is one name when it names a file.
 */
export async function parseMenuLine(line: string, currentFolder: string): Promise<MenuEvent> {
  const { verb: typed, rest } = splitVerb(line)
  const verb = VERBS.find((known) => known === typed.toLowerCase())
  if (verb === undefined) return notUnderstood(`There is no command "${typed}".`)
  if (verb === 'put' || verb === 'get') return parseTransfer(verb, rest, currentFolder)
  if (rest !== '') return notUnderstood(`"${verb}" stands alone.`)
  return parseBare(verb)
}

/** The first word of a line and what follows it, without the blanks around both. */
export function splitVerb(line: string): { readonly verb: string; readonly rest: string } {
  const trimmed = line.trim()
  const end = trimmed.search(/\s/)
  if (end < 0) return { verb: trimmed, rest: '' }
  return { verb: trimmed.slice(0, end), rest: trimmed.slice(end).trim() }
}

/** The name as it has to be typed for the menu to understand exactly it. */
export function quoteName(name: string): string {
  if (namesOf(name).length === 1 && namesOf(name)[0] === name && name.trim() === name) return name
  return name.includes('"') ? `'${name}'` : `"${name}"`
}

async function parseTransfer(
  verb: 'put' | 'get',
  rest: string,
  currentFolder: string,
): Promise<MenuEvent> {
  if (rest === '') return notUnderstood(`"${verb}" needs a name: ${verb} NAME`)
  if (verb === 'put' && (await isFile(resolve(currentFolder, rest)))) {
    return { type: 'command', command: { verb, path: rest } }
  }
  const [path, ...others] = namesOf(rest)
  if (!path || others.length > 0) return notUnderstood(`"${verb}" takes one name at a time.`)
  return { type: 'command', command: { verb, path } }
}

function parseBare(verb: Exclude<Verb, 'put' | 'get'>): MenuEvent {
  switch (verb) {
    case 'list':
    case 'exit':
      return { type: 'command', command: { verb } }
    case 'stats':
    case 'help':
    case 'quit':
      return { type: verb }
  }
}

/** One name when no quotes are used, or when one is left open, as the apostrophe in `it's`. */
function namesOf(rest: string): readonly string[] {
  const quotes = rest.match(/(["']).*?\1/g)
  const left = rest.replace(/(["']).*?\1/g, '')
  return quotes === null || /["']/.test(left) ? [rest] : parseArgsStringToArgv(rest)
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  )
}

function notUnderstood(why: string): MenuEvent {
  return { type: 'notUnderstood', why }
}
