import type { Failure, FailureKind } from '../machines/failures.ts'
import { type ExitCode, exitCodeOf } from './exit-codes.ts'
import { sentence } from './sentences.ts'

/**
 * What `--json` writes to stdout: one object a line, told apart by `type`. Types and fields are
 * only ever added. Sizes are bytes, rates bytes per second, times say their unit; what is not
 * known is null.
 */
export type JsonLine =
  /** put, get: how the transfer stands, once a second. */
  | {
      readonly type: 'progress'
      readonly verb: 'put' | 'get'
      readonly path: string
      readonly doneBytes: number
      readonly totalBytes: number
      /**
       * Of several in one session, of which `path` is the first: the number of the one that is
       * moved, from 1 on, and how many there are.
       */
      readonly file?: number
      readonly files?: number
      readonly bytesPerS: number
      readonly averageBytesPerS: number
      /** Lost datagrams over sent ones, 0 … 1. */
      readonly lossShare: number | null
      readonly rttMs: number | null
      /** The state of the sender or receiver: what limits it. */
      readonly state: string
    }
  /** put, get: this file is stored whole. exit: the server ended. */
  | {
      readonly type: 'done'
      readonly verb: 'put' | 'get'
      readonly path: string
      /** put: the path at the server. get: the local one. */
      readonly storedAs: string
      readonly sizeBytes: number
      readonly alreadyThere: boolean
      readonly elapsedMs: number
    }
  | { readonly type: 'done'; readonly verb: 'list'; readonly files: number }
  | { readonly type: 'done'; readonly verb: 'exit'; readonly waitedFor: number }
  /** list: one file. */
  | {
      readonly type: 'entry'
      readonly path: string
      readonly sizeBytes: number
      /** Modification time, microseconds since the Unix epoch. */
      readonly mtimeUs: number
    }
  /** exit: how many other sessions the server still waits for. */
  | { readonly type: 'waiting'; readonly sessions: number }
  /** Any command that came to nothing, and any file of several. */
  | {
      readonly type: 'failed'
      readonly verb: string
      readonly path: string | null
      readonly kind: FailureKind
      readonly message: string
      readonly exitCode: ExitCode
      /** put, get: the command line that goes on; null where there is nothing to go on with. */
      readonly again: string | null
    }
  /** server: it takes sessions now. */
  | {
      readonly type: 'listening'
      readonly host: string
      readonly port: number
      readonly root: string
    }
  /** server: a session began. */
  | {
      readonly type: 'opened'
      readonly session: number
      readonly verb: string
      readonly path: string | null
      readonly from: string
    }
  /** server: a session ended, well when `failed` is null. */
  | {
      readonly type: 'ended'
      readonly session: number
      readonly verb: string
      readonly sizeBytes: number | null
      readonly alreadyThere: boolean | null
      readonly failed: FailureKind | null
    }
  /** server: it takes no more sessions and ends once these have. */
  | { readonly type: 'draining'; readonly sessions: number }

/** The `failed` line of a client's command. */
export function failedLine(
  verb: string,
  path: string | null,
  failure: Failure,
  where: string,
  again: string | null = null,
): JsonLine {
  return {
    type: 'failed',
    verb,
    path,
    kind: failure.kind,
    message: sentence(failure, where),
    exitCode: exitCodeOf(failure),
    again,
  }
}
