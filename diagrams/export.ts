import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { registry } from '../machines/index.ts'
import { chartOf } from './chart.ts'
import { mermaidOf } from './mermaid.ts'
import { svgOf } from './svg.ts'

/**
 * Draws every machine of the registry into a folder, which is made if it is missing: `client/put`
 * becomes `client-put.mmd` and `client-put.svg`. The bytes depend on the machines alone. Files of
 * these names are overwritten, others left alone.
 *
 * @returns the paths written, in the order of the registry.
 * @throws what the file system says when a file cannot be written.
 */
export async function exportDiagrams(outDir: string): Promise<readonly string[]> {
  await mkdir(outDir, { recursive: true })
  const written: string[] = []
  for (const registered of registry) {
    const chart = chartOf(registered)
    const path = join(outDir, chart.id.replaceAll('/', '-'))
    await writeFile(`${path}.mmd`, mermaidOf(chart))
    await writeFile(`${path}.svg`, await svgOf(chart))
    written.push(`${path}.mmd`, `${path}.svg`)
  }
  return written
}
