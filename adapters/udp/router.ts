import type { Observable } from 'rxjs'
import { isHello, LENGTH_AT, PREFIX_BYTES, peekSessionId, SESSION_ID_AT } from '../wire/datagram.ts'
import type { Address, Arrival } from './endpoint.ts'

/** What arrived for one session, while an arrival is being split. */
interface Route {
  readonly observer: (arrival: Arrival) => void
  datagrams: Buffer[]
  from: Address[]
  isOpen: boolean
}

/**
 * Splits what arrives at a server's one socket among its sessions, buffers that hold datagrams of
 * several of them too: each gets its datagrams of an arrival as one arrival of its own, in order. A hello of an unknown session goes to `onHello`,
 * which may `add` it: what follows in the same arrival is then its. All else is counted, dropped.
 */
export class Router {
  readonly #routes = new Map<string, Route>()
  readonly #onHello: (datagram: Buffer, from: Address, atMs: number) => void
  #unknown = 0

  constructor(
    arrivals$: Observable<Arrival>,
    handlers: { onHello(datagram: Buffer, from: Address, atMs: number): void },
  ) {
    this.#onHello = handlers.onHello
    arrivals$.subscribe((arrival) => this.#split(arrival))
  }

  /** Runs of datagrams dropped so far: too short for a header, or of a session nobody has. */
  get unknown(): number {
    return this.#unknown
  }

  /**
   * Hands the session's datagrams to `observer` until the returned function is called.
   * @param sessionId the 8 bytes as a latin1 string
   */
  add(sessionId: string, observer: (arrival: Arrival) => void): () => void {
    const route: Route = { observer, datagrams: [], from: [], isOpen: true }
    this.#routes.set(sessionId, route)
    return () => {
      route.isOpen = false
      if (this.#routes.get(sessionId) === route) this.#routes.delete(sessionId)
    }
  }

  #split({ atMs, datagrams, from }: Arrival): void {
    const touched: Route[] = []
    // Neighbours mostly share their session: the id is looked up only where it changes.
    let high = -1
    let low = -1
    let route: Route | undefined
    for (let i = 0; i < datagrams.length; i++) {
      for (let rest = datagrams[i]!; ; ) {
        if (rest.length < PREFIX_BYTES) {
          this.#unknown++
          break
        }
        const end = endOfRun(rest)
        const run = end === rest.length ? rest : rest.subarray(0, end)
        const nextHigh = run.readUInt32BE(SESSION_ID_AT)
        const nextLow = run.readUInt32BE(SESSION_ID_AT + 4)
        if (nextHigh !== high || nextLow !== low) {
          high = nextHigh
          low = nextLow
          route = this.#routes.get(peekSessionId(run) ?? '')
        }
        if (route !== undefined) {
          if (route.datagrams.length === 0) touched.push(route)
          route.datagrams.push(run)
          route.from.push(from[i]!)
        } else if (isHello(run)) {
          this.#onHello(run, from[i]!, atMs)
          high = -1
        } else {
          this.#unknown++
        }
        if (end === rest.length) break
        rest = rest.subarray(end)
      }
    }
    for (const each of touched) deliver(each, atMs)
  }
}

/**
 * Where the datagrams at the start of a buffer stop being of one session. A hello is a run of its
 * own; what follows no whole datagram goes with it, to be dropped there (PROTOCOL R3).
 */
function endOfRun(buffer: Buffer): number {
  const high = buffer.readUInt32BE(SESSION_ID_AT)
  const low = buffer.readUInt32BE(SESSION_ID_AT + 4)
  for (let at = 0; ; ) {
    const lengthBytes = buffer.readUInt16BE(at + LENGTH_AT)
    const next = at + lengthBytes
    if (lengthBytes < PREFIX_BYTES || next + PREFIX_BYTES > buffer.length) return buffer.length
    if (at === 0 && isHello(buffer)) return next
    if (
      buffer.readUInt32BE(next + SESSION_ID_AT) !== high ||
      buffer.readUInt32BE(next + SESSION_ID_AT + 4) !== low
    ) {
      return next
    }
    at = next
  }
}

function deliver(route: Route, atMs: number): void {
  const { datagrams, from } = route
  route.datagrams = []
  route.from = []
  // An earlier observer of the same arrival may have removed this one.
  if (route.isOpen) route.observer({ atMs, datagrams, from })
}
