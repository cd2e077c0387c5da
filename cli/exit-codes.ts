import type { Failure } from '../machines/failures.ts'

/** What the process ends with; scripts rely on these numbers, so they never change meaning. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  noSuchFile: 3,
  noAnswer: 4,
  notAllowed: 5,
  partial: 6,
  taken: 7,
  noSpace: 8,
  interrupted: 130,
  terminated: 143,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** The exit code that a client's failure comes to. */
export function exitCodeOf(failure: Failure): ExitCode {
  switch (failure.kind) {
    case 'noSuchFile':
    case 'notAFile':
      return EXIT.noSuchFile
    case 'unknownHost':
    case 'socketError':
    case 'nothingListens':
    case 'noAnswer':
    case 'linkLost':
      return EXIT.noAnswer
    case 'wrongKey':
    case 'exitNotAllowed':
    case 'permissionDenied':
    case 'badName':
    case 'tooLarge':
    case 'serverDraining':
      return EXIT.notAllowed
    case 'exists':
    case 'busy':
    case 'superseded':
    case 'tooManySessions':
      return EXIT.taken
    case 'noSpace':
      return EXIT.noSpace
    case 'sourceChanged':
    case 'fileError':
    case 'versionUnsupported':
    case 'protocolViolated':
      return EXIT.failed
    case 'cancelled':
      return EXIT.interrupted
  }
}

/**
 * The one code for several files: what they all came to when they agree, `partial` when only some
 * of them were done, `failed` when none was and they disagree about why.
 */
export function exitCodeOfAll(codes: readonly ExitCode[]): ExitCode {
  const distinct = new Set(codes)
  const [only] = distinct
  if (only === undefined) return EXIT.done
  if (distinct.size === 1) return only
  return distinct.has(EXIT.done) ? EXIT.partial : EXIT.failed
}

/** An end of the command that is no session's failure: what to say, and the exit code. */
export class CommandError extends Error {
  readonly exitCode: ExitCode
  constructor(message: string, exitCode: ExitCode, options?: ErrorOptions) {
    super(message, options)
    this.name = 'CommandError'
    this.exitCode = exitCode
  }
}
