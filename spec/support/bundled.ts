import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { timed } from '../bench/timed.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

let main: Promise<string> | null = null

/**
 * The program as it ships, bundled anew once a process, so that no older one is judged. Removed
 * when that ends; it stands where its packages are found.
 */
export function bundledMain(): Promise<string> {
  main ??= bundle()
  return main
}

async function bundle(): Promise<string> {
  const dist = await mkdtemp(join(ROOT, '.bundled-'))
  process.once('exit', () => rmSync(dist, { recursive: true, force: true }))
  await timed([process.execPath, '--import', 'tsx', 'bundle.ts', dist], { cwd: ROOT })
  return join(dist, 'cli/main.cjs')
}
