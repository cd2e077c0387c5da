import { resolve } from 'node:path'
import { printable } from '../adapters/files/names.ts'
import type { Ferrygram } from '../adapters/runtime/api.ts'
import { CommandError, type ExitCode, exitCodeOf } from './exit-codes.ts'
import type { Io } from './io.ts'
import type { Load } from './load.ts'
import { Output } from './output.ts'
import { sentence } from './sentences.ts'

export interface TraceFlags {
  /** The file that the event log of every machine goes to. */
  readonly trace?: string
}

/** Loads the API and runs a command with it, traced when that is asked for. */
export async function withTrace(
  io: Io,
  load: Load,
  { trace: file }: TraceFlags,
  command: (ferrygram: Ferrygram) => Promise<ExitCode>,
): Promise<ExitCode> {
  if (file === undefined) return command(await load({}))
  const { openTrace } = await import('../adapters/runtime/node.ts')
  const opened = openTrace(resolve(io.currentFolder, file))
  if ('failed' in opened) {
    throw new CommandError(sentence(opened.failed, ''), exitCodeOf(opened.failed))
  }
  const { inspect, close } = opened.ok
  try {
    return await command(await load({ inspect }))
  } finally {
    const failure = close()
    if (failure !== null) {
      const why = sentence(failure, '')
      new Output(io, {}).warn(`the trace ${printable(file)} is not whole. ${why}`)
    }
  }
}
