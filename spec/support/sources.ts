import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'

const root = new URL('../../', import.meta.url)

/** One file of the repository. */
export interface Source {
  /** From the root, `machines/client/put.ts`. */
  readonly path: string
  readonly text: string
}

/** Every file of the repository: tracked, or new and not ignored. */
export function repository(): Source[] {
  const listed = execFileSync(
    'git',
    ['ls-files', '-z', '--cached', '--others', '--exclude-standard'],
    {
      cwd: root,
      encoding: 'utf8',
    },
  )
  const paths = listed.split('\0').filter((path) => path !== '' && existsSync(new URL(path, root)))
  return [...new Set(paths)].map(read)
}

export function read(path: string): Source {
  return { path, text: readFileSync(new URL(path, root), 'utf8') }
}

/** What a file imports. */
export interface Import {
  /** A path from the root for a file of the repository, else the package. */
  readonly from: string
  readonly local: boolean
  readonly typesOnly: boolean
}

const IMPORT = /(?:^|\n)\s*(?:import|export)(\s+type)?\s(?:[^'";]*?\sfrom\s)?\s*'([^']+)'/g
const DYNAMIC = /\bimport\(\s*()'([^']+)'/g

export function importsOf({ path, text }: Source): Import[] {
  const code = withoutComments(text)
  return [...code.matchAll(IMPORT), ...code.matchAll(DYNAMIC)].map(([, types, specifier]) => {
    const local = specifier!.startsWith('.')
    return {
      from: local ? posix.join(posix.dirname(path), specifier!) : specifier!,
      local,
      typesOnly: Boolean(types),
    }
  })
}

export function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1')
}
