import { setMaxListeners } from 'node:events'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { delay, type PlainRule } from 'ferrygram/simulation'
import { cargo, PEER, voyage } from '../support/voyage.ts'

/** How far sessions have come when their link goes dead. */
const cuts = {
  /** The server has welcomed a client that it does not hear any more. */
  welcomed: 45,
  /** The client proved its address; the first window is under way. */
  begun: 100,
} as const

const RTT_MS = 50
/** Quiet, and far from giving up. */
const SILENT_MS = 5_000

/** Bytes that the server's side of one session keeps while its client is silent. */
export async function waitingBytes(
  verb: 'put' | 'get',
  sizeBytes: number,
  cut: keyof typeof cuts,
  sessions: number,
): Promise<number> {
  let keptBytes = 0
  const dead: PlainRule = (packet) => (packet.atMs >= cuts[cut] ? null : packet)
  await voyage({ seed: 1, link: [dead, delay(RTT_MS / 2)] }, async ({ sea, clock }) => {
    sea[verb === 'put' ? 'clientFiles' : 'serverFiles'].set('crate.bin', cargo(sizeBytes))
    const abort = new AbortController()
    setMaxListeners(sessions, abort.signal)
    const beforeBytes = heldBytes()
    const running = Array.from({ length: sessions }, (_, i) =>
      sea[verb](PEER, 'crate.bin', { key: null, as: `crate-${i}.bin`, signal: abort.signal }),
    )
    await clock.tickAsync(SILENT_MS)
    // What the server does not hear leaves it alone in memory.
    abort.abort()
    await Promise.all(running.splice(0).map(({ closed }) => closed))
    keptBytes = heldBytes() - beforeBytes - parts(verb, cut, sessions, sizeBytes)
  })
  return keptBytes / sessions
}

/** A file in memory stands in for the disk. */
function parts(verb: string, cut: string, sessions: number, sizeBytes: number): number {
  return verb === 'put' && cut === 'begun' ? sessions * sizeBytes : 0
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
