import { resolve } from 'node:path'
import { EXIT, type ExitCode } from './exit-codes.ts'
import type { Io } from './io.ts'
import { Output } from './output.ts'

/** `ferrygram diagrams`: draws every statechart into a folder and names the files. */
export async function diagramsCommand(io: Io, folder: string): Promise<ExitCode> {
  const output = new Output(io, {})
  const { exportDiagrams } = await import('../diagrams/export.ts')
  const files = await exportDiagrams(resolve(io.currentFolder, folder))
  for (const file of files) output.data(file)
  return EXIT.done
}
