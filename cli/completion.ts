import { readdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import { printable } from '../adapters/files/names.ts'
import { quoteName, VERBS } from './menu-line.ts'
import type { Complete } from './prompt.ts'
import type { Client } from './with-client.ts'

const NAMES_FRESH_MS = 5_000
const NAMES_MS_MAX = 1_000

/** Completes what is typed at the menu: commands, local paths after put, the server's after get. */
export function menuCompletion(client: Client): Complete {
  const remoteNames = rememberBriefly(() => fetchNames(client))
  return async (line) => {
    const [, verb = '', rest] = /^\s*(\S*)(?:\s+(.*))?$/s.exec(line) ?? []
    if (rest === undefined) return [startingWith(verb.toLowerCase(), VERBS, ' '), verb]
    switch (verb.toLowerCase()) {
      case 'put':
        // What names a local file needs no quotes, whatever is in it.
        return [
          matching(rest, await localPaths(rest, client.io.currentFolder), (path) => path),
          rest,
        ]
      case 'get':
        return [matching(rest, await remoteNames(), quoteName), rest]
      default:
        return [[], rest]
    }
  }
}

/** The names that continue what was typed, in the quotes it begins with, if it does. */
function matching(
  typed: string,
  names: readonly string[],
  quote: (name: string) => string,
): string[] {
  const opening = /^["']/.exec(typed)?.[0]
  const shown = names
    // A name that could steer the terminal is not put on it.
    .filter((name) => printable(name) === name)
    .map((name) => {
      if (opening === undefined) return quote(name)
      return `${opening}${name}${name.endsWith('/') ? '' : opening}`
    })
  return startingWith(typed, shown, '')
}

function startingWith(typed: string, candidates: readonly string[], ending: string): string[] {
  return candidates.filter((name) => name.startsWith(typed)).map((name) => name + ending)
}

async function localPaths(rest: string, currentFolder: string): Promise<readonly string[]> {
  const typed = rest.replace(/^["']/, '')
  const folder = typed.slice(0, typed.lastIndexOf('/') + 1)
  const found = await readdir(resolve(currentFolder, folder), { withFileTypes: true }).catch(
    () => [],
  )
  return found
    .filter((one) => typed.slice(folder.length).startsWith('.') || !one.name.startsWith('.'))
    .map((one) => `${folder}${one.name}${one.isDirectory() ? '/' : ''}`)
    .sort()
}

/** Waits for the list for a second at most: no answer completes to nothing. */
async function fetchNames(client: Client): Promise<readonly string[]> {
  const options = { ...client.options, signal: AbortSignal.timeout(NAMES_MS_MAX) }
  const outcome = await client.track(client.ferrygram.list(client.peer, options)).outcome
  return 'ok' in outcome ? outcome.ok.entries.map(({ path }) => path) : []
}

function rememberBriefly(
  fetch: () => Promise<readonly string[]>,
): () => Promise<readonly string[]> {
  let fetched: Promise<readonly string[]> | null = null
  let fetchedAtMs = 0
  return () => {
    if (fetched === null || performance.now() - fetchedAtMs > NAMES_FRESH_MS) {
      fetched = fetch()
      fetchedAtMs = performance.now()
    }
    return fetched
  }
}
