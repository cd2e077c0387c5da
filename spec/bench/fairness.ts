import { setMaxListeners } from 'node:events'
import { cargo, PEER } from '../support/voyage.ts'
import { type Bottleneck, overBottleneck } from './bottleneck.ts'

/** When sessions that began together are to have found their shares, and how long it is measured. */
const SETTLED_MS = 5_000
const MEASURED_MS = 5_000

export interface Sharing {
  /** Jain's index of the sessions' bytes: 1 when all have the same, 1 / n when one has all. */
  readonly jain: number
  /** Datagrams that found the queue full once shares were found, over all that were sent then. */
  readonly tailDrops: number
}

/** Puts `sessions` files at once across one bottleneck, each too large to be done meanwhile. */
export async function share(path: Bottleneck, sessions: number): Promise<Sharing> {
  let bytes: number[] = []
  let tailDrops = 0
  await overBottleneck(path, async ({ sea, clock }, trace) => {
    const { datagramBytes } = path
    const stop = new AbortController()
    setMaxListeners(sessions, stop.signal)
    const size = datagramBytes ? { mtuBytes: datagramBytes } : {}
    const puts = Array.from({ length: sessions }, (_, i) => {
      sea.clientFiles.set(`${i}.bin`, cargo(path.sizeBytes, i))
      return sea.put(PEER, `${i}.bin`, { key: null, ...size, signal: stop.signal })
    })
    await clock.tickAsync(SETTLED_MS)
    const before = { sent: trace.sent, tailDrops: trace.tailDrops }
    await clock.tickAsync(MEASURED_MS)
    tailDrops = (trace.tailDrops - before.tailDrops) / (trace.sent - before.sent)
    bytes = trace.arrivedBetween(SETTLED_MS, SETTLED_MS + MEASURED_MS)
    stop.abort()
    const ended = Promise.all(puts.map(({ outcome }) => outcome))
    await clock.runAllAsync()
    await ended
  })
  return { jain: jainOf(bytes, sessions), tailDrops }
}

/** Jain, Chiu and Hawe 1984. */
function jainOf(bytes: readonly number[], sessions: number): number {
  const sum = bytes.reduce((a, b) => a + b, 0)
  return (sum * sum) / (sessions * bytes.reduce((a, b) => a + b * b, 0))
}
