/**
 * Every way a session can fail, as one closed union. A failure is data: it crosses the wire, it is
 * the output of machines, and cli/ turns it into a sentence and an exit code.
 */
export type Failure =
  | { readonly kind: 'noSuchFile'; readonly path: string }
  | { readonly kind: 'notAFile'; readonly path: string }
  | { readonly kind: 'badName'; readonly path: string; readonly why: string }
  | { readonly kind: 'exists'; readonly path: string }
  | { readonly kind: 'busy'; readonly path: string }
  | { readonly kind: 'tooLarge'; readonly path: string; readonly sizeBytesMax: number }
  | { readonly kind: 'noSpace'; readonly path: string }
  | { readonly kind: 'permissionDenied'; readonly path: string }
  | { readonly kind: 'sourceChanged'; readonly path: string }
  | { readonly kind: 'fileError'; readonly path: string; readonly code: string }
  | { readonly kind: 'unknownHost'; readonly host: string }
  | { readonly kind: 'socketError'; readonly code: string }
  | { readonly kind: 'nothingListens' }
  | { readonly kind: 'noAnswer'; readonly waitedMs: number }
  | { readonly kind: 'linkLost'; readonly silentMs: number }
  | { readonly kind: 'wrongKey' }
  | { readonly kind: 'versionUnsupported'; readonly supported: number }
  | { readonly kind: 'exitNotAllowed' }
  | { readonly kind: 'serverDraining' }
  | { readonly kind: 'tooManySessions'; readonly sessionsMax: number }
  | { readonly kind: 'protocolViolated'; readonly what: string }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'superseded' }

export type FailureKind = Failure['kind']

/** What a session comes to: its result, or the one failure that ended it. */
export type Outcome<Ok> = { readonly ok: Ok } | { readonly failed: Failure }

/** An Error that carries its failure; what adapters reject and throw with. */
export class FailureError extends Error {
  readonly failure: Failure
  constructor(failure: Failure, options?: ErrorOptions) {
    super(failure.kind, options)
    this.name = 'FailureError'
    this.failure = failure
  }
}

/** The failure an adapter's rejection carries; anything else is a mistake in the program, named so. */
export function failureOf(error: unknown): Failure {
  if (error instanceof FailureError) return error.failure
  return { kind: 'protocolViolated', what: error instanceof Error ? error.message : String(error) }
}
