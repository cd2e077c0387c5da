import type { Ferrygram, Peer } from '../adapters/runtime/api.ts'
import type { Failure } from '../machines/failures.ts'
import type { ExitCode } from './exit-codes.ts'
import type { Io } from './io.ts'
import { askServer, type Client, type ClientFlags } from './with-client.ts'

/** `ferrygram exit`: ends the server once its other sessions have ended. */
export function exitCommand(
  ferrygram: Ferrygram,
  io: Io,
  peer: Peer,
  flags: ClientFlags,
): Promise<ExitCode> {
  return askServer('exit', ferrygram, io, peer, flags, endServer)
}

/** Ends the server and says how many sessions it waits for; a failure is returned, not told. */
export async function endServer(client: Client, signal: AbortSignal): Promise<Failure | null> {
  const { ferrygram, output, peer, options, where } = client
  const session = client.track(ferrygram.exit(peer, { ...options, signal }))
  let told = 0
  const steps = session.progress$.subscribe(({ sessions }) => {
    output.line({ type: 'waiting', sessions })
    if (sessions > 0 && sessions !== told) {
      output.say(`Waiting for ${sessions} other session${sessions === 1 ? '' : 's'} to end.`)
    }
    told = sessions
  })
  const outcome = await session.outcome
  steps.unsubscribe()
  if ('failed' in outcome) return outcome.failed
  await client.succeeded()
  output.line({ type: 'done', verb: 'exit', waitedFor: outcome.ok.waitedFor })
  output.say(output.colors.green(`The server at ${where} has ended.`))
  return null
}
