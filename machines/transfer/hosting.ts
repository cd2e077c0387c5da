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
  targetsLookedAt: forward,
  recordsSpared: forward,
  blocksRejected: forward,
  fileFailed: forward,
} as const

/** What a quiet session does once it has waited long enough. */
export interface AfterSilence {
  readonly idleMs?: unknown
  readonly patienceMs?: unknown
}

/**
 * The states of a session whose transfer hears the peer, or does not. Bursts that pass `guard` go to
 * the transfer; `silence` is the `after` of `quiet`, `whileQuiet` what else it heeds. The clock starts
 * anew with the first burst in `listening`, not with each: that would cost more than the burst does.
 */
export function hearing<
  const Guard extends string,
  const Silence extends AfterSilence,
  const Quiet extends object,
>(guard: Guard, silence: Silence, whileQuiet: Quiet) {
  const on = { burst: { guard, target: 'lively', actions: 'forwardToTransfer' } } as const
  return {
    lively: {
      on: { burst: { guard, actions: 'forwardToTransfer' } },
      after: { livelyMs: 'listening' },
    },
    listening: { on, after: { quietMs: 'quiet' } },
    quiet: { on: { ...on, ...whileQuiet }, after: silence },
  } as const
}
