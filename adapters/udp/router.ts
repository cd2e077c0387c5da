import type { Observable } from 'rxjs'
import { isHello, PREFIX_BYTES, peekSessionId, SESSION_ID_AT } from '../wire/datagram.ts'
import type { Address, Arrival } from './endpoint.ts'

/** What arrived for one session, while an arrival is being split. */
interface Route {
  readonly observer: (arrival: Arrival) => void
  datagrams: Buffer[]
  from: Address[]
  isOpen: boolean
}

/**
 * Splits what arrives at a server's one socket among its sessions: each gets its datagrams of an
 * arrival as one arrival of its own, in order. A hello of an unknown session goes to `onHello`,
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

  /** Datagrams dropped so far: too short for a header, or of a session nobody has. */
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

  #split(arrival: Arrival): void {
    const touched: Route[] = []
    // Neighbours mostly share their session: the id is looked up only where it changes.
    let high = -1
    let low = -1
    let route: Route | undefined
    for (let i = 0; i < arrival.datagrams.length; i++) {
      const datagram = arrival.datagrams[i]!
      if (datagram.length < PREFIX_BYTES) {
        this.#unknown++
        continue
      }
      const nextHigh = datagram.readUInt32BE(SESSION_ID_AT)
      const nextLow = datagram.readUInt32BE(SESSION_ID_AT + 4)
      if (nextHigh !== high || nextLow !== low) {
        high = nextHigh
        low = nextLow
        route = this.#routes.get(peekSessionId(datagram) ?? '')
      }
      if (route !== undefined) {
        if (route.datagrams.length === 0) touched.push(route)
        route.datagrams.push(datagram)
        route.from.push(arrival.from[i]!)
      } else if (isHello(datagram)) {
        this.#onHello(datagram, arrival.from[i]!, arrival.atMs)
        high = -1
      } else {
        this.#unknown++
      }
    }
    for (const each of touched) deliver(each, arrival.atMs)
  }
}

function deliver(route: Route, atMs: number): void {
  const { datagrams, from } = route
  route.datagrams = []
  route.from = []
  // An earlier observer of the same arrival may have removed this one.
  if (route.isOpen) route.observer({ atMs, datagrams, from })
}
