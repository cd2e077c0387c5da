import { setMaxListeners } from 'node:events'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { delay, type PlainRule } from 'ferrygram/simulation'
import { TURNS_INITIAL } from '../../machines/limits.ts'
import { cargo, PEER, voyage } from '../support/voyage.ts'

/** When the link goes dead, in ms since the hellos. */
const cuts = {
  /** The server has welcomed a client that it does not hear any more. */
  welcomed: 45,
  /** The client proved its address: it waits for its turn, or its first window is under way. */
  proved: 100,
} as const

const RTT_MS = 50
/** What is under way has arrived, and no turn is over yet. */
const LOOK_MS = 400

/** Bytes that the server's side of a session keeps while it waits for its turn. */
export async function waitingBytes(
  verb: 'put' | 'get',
  sizeBytes: number,
  cut: keyof typeof cuts,
  sessions: number,
): Promise<number> {
  // What pools keep from now on is no session's.
  await keptBytes(verb, sizeBytes, cut, TURNS_INITIAL)
  const begun = await keptBytes(verb, sizeBytes, cut, TURNS_INITIAL)
  const all = await keptBytes(verb, sizeBytes, cut, TURNS_INITIAL + sessions)
  return (all - begun) / sessions
}

async function keptBytes(
  verb: 'put' | 'get',
  sizeBytes: number,
  cut: keyof typeof cuts,
  sessions: number,
): Promise<number> {
  let bytes = 0
  const dead: PlainRule = (packet) => (packet.atMs >= cuts[cut] ? null : packet)
  await voyage({ seed: 1, link: [dead, delay(RTT_MS / 2)] }, async ({ sea, clock }) => {
    sea[verb === 'put' ? 'clientFiles' : 'serverFiles'].set('crate.bin', cargo(sizeBytes))
    const abort = new AbortController()
    setMaxListeners(sessions, abort.signal)
    const beforeBytes = heldBytes()
    const running = Array.from({ length: sessions }, (_, i) =>
      sea[verb](PEER, 'crate.bin', { key: null, as: `crate-${i}.bin`, signal: abort.signal }),
    )
    await clock.tickAsync(LOOK_MS)
    // What the server does not hear leaves it alone in memory.
    abort.abort()
    await Promise.all(running.splice(0).map(({ closed }) => closed))
    bytes = heldBytes() - beforeBytes
  })
  return bytes
}

/** After two collections: what the first one finalizes, the second one frees. */
function heldBytes(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
