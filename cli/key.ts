import { EXIT, type ExitCode } from './exit-codes.ts'
import type { Io } from './io.ts'
import { KeyStore } from './key-store.ts'
import { formatKey } from './keys.ts'
import { Output } from './output.ts'

/** `ferrygram key`: shows the user's own key, making it when there is none. */
export async function keyCommand(io: Io): Promise<ExitCode> {
  const key = await new KeyStore(io.configFolder).ownOrMade()
  new Output(io, {}).data(formatKey(key))
  return EXIT.done
}

/** `ferrygram key rotate`: makes a new one, which servers use from their next start. */
export async function keyRotateCommand(io: Io): Promise<ExitCode> {
  const output = new Output(io, {})
  const key = await new KeyStore(io.configFolder).rotate()
  output.data(formatKey(key))
  output.say('Servers use it from their next start; give it to their clients.')
  return EXIT.done
}
