import {
  concatWith,
  defer,
  filter,
  interval,
  map,
  type Observable,
  of,
  ReplaySubject,
  Subject,
  share,
  takeUntil,
} from 'rxjs'
import type { AnyActor } from 'xstate'
import type { WaitingEmitted } from '../../machines/client/exit.ts'
import { failureOf, type Outcome } from '../../machines/failures.ts'
import type { Progress, Running } from './api.ts'
import { progressOf } from './progress.ts'

const PROGRESS_MS = 100

/** What opening a session comes to. */
export interface Conversation<Ok> {
  readonly outcome: Outcome<Ok>
  /** When its last datagram left and its socket is closed. */
  readonly closed: Promise<void>
}

/** A session as its caller sees it, from before there is a socket until after it is closed. */
export class RunningSession<Ok> implements Running<Ok> {
  readonly outcome: Promise<Outcome<Ok>>
  readonly closed: Promise<void>
  readonly progress$: Observable<Progress>
  /** Numbers of sessions an exit waits for. */
  readonly waiting$: Observable<{ readonly sessions: number }>
  #last: Progress | null = null
  #actor: AnyActor | null = null

  /** `converse` opens the session and hands over each actor that runs it. */
  constructor(converse: (onActor: (actor: AnyActor) => void) => Promise<Conversation<Ok>>) {
    const ended$ = new Subject<void>()
    const waiting$ = new ReplaySubject<{ readonly sessions: number }>(1)
    const conversation = converse((actor) => {
      this.#actor = actor
      actor.on('waiting', (event) => waiting$.next(event as WaitingEmitted))
    })
    this.outcome = conversation
      .then(({ outcome }) => outcome)
      .catch((error: unknown): Outcome<Ok> => ({ failed: failureOf(error) }))
      .finally(() => {
        ended$.next()
        waiting$.complete()
      })
    this.closed = conversation.then(
      ({ closed }) => closed,
      () => undefined,
    )
    this.waiting$ = waiting$
    this.progress$ = interval(PROGRESS_MS).pipe(
      map(() => this.#read()),
      takeUntil(ended$),
      concatWith(defer(() => of(this.#read()))),
      filter((progress) => progress !== null),
      share({ connector: () => new ReplaySubject(1), resetOnRefCountZero: false }),
    )
  }

  #read(): Progress | null {
    this.#last = (this.#actor && progressOf(this.#actor)) ?? this.#last
    return this.#last
  }
}
