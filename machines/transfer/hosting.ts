/**
 * What the states in which a transfer runs have in common, whoever's chart they stand in. XState
 * checks the names in them against each chart that they are put into.
 */

const forward = { actions: 'forwardToTransfer' } as const

/** What a state that invokes a sender passes on to it, besides bursts. */
export const sendersEvents = {
  timeout: forward,
  recordsSealed: forward,
  entryFailed: forward,
  fileFailed: forward,
  paused: forward,
} as const

/** What a state that invokes a receiver passes on to it, besides bursts. */
export const receiversEvents = {
  timeout: forward,
  recordsStored: forward,
  recordsRejected: forward,
  manifestRead: forward,
  recordsSpared: forward,
  blocksRejected: forward,
  fileFailed: forward,
} as const

/** What a quiet session does once it has waited long enough. */
interface AfterSilence {
  readonly idleMs?: unknown
  readonly patienceMs?: unknown
}

/**
 * The two states of a session whose transfer hears the peer, or does not: `lively` and `quiet`.
 * Bursts that pass `guard` go to the transfer; `silence` is the `after` of `quiet`.
 */
export function hearing<const Guard extends string, const Silence extends AfterSilence>(
  guard: Guard,
  silence: Silence,
) {
  return {
    lively: {
      on: { burst: { guard, actions: 'forwardToTransfer' } },
      after: { quietMs: 'quiet' },
    },
    quiet: {
      on: { burst: { guard, target: 'lively', actions: 'forwardToTransfer' } },
      after: silence,
    },
  } as const
}
