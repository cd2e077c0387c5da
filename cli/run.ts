import { CommanderError } from 'commander'
import { CommandError, EXIT } from './exit-codes.ts'
import type { Io } from './io.ts'
import type { Load } from './load.ts'
import { Output } from './output.ts'
import { buildAlone, buildProgram, type Start } from './program.ts'

/**
 * Runs one command line, from arguments to exit code; never rejects.
 * @param args without node and the script
 * @param load gives the API, called only by commands that need it
 */
export async function run(args: readonly string[], io: Io, load: Load): Promise<number> {
  let code: number = EXIT.done
  const start: Start = async (command) => {
    code = await command(load)
  }
  try {
    const alone = args[0] === undefined || args[0].startsWith('--trace')
    const program = alone ? buildAlone(io, start) : buildProgram(io, start)
    await program.parseAsync(args, { from: 'user' })
    return code
  } catch (error) {
    // Commander has told its own by now, help and version among them.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage
    const known = error instanceof CommandError
    new Output(io, {}).fail(known ? error.message : `Something went wrong: ${error}`)
    return known ? error.exitCode : EXIT.failed
  }
}
