import { type Failure, FailureError } from '../../machines/failures.ts'

/** The `code` of a system error, or what else there is to tell it by. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}

/** What a disk's error means for the file that the peer calls `path`. */
export function failureOf(error: unknown, path: string): Failure {
  if (error instanceof FailureError) return error.failure
  const code = codeOf(error)
  switch (code) {
    case 'ENOENT':
      return { kind: 'noSuchFile', path }
    case 'ENOTDIR':
    case 'EISDIR':
    case 'ELOOP':
    case 'ENXIO':
      return { kind: 'notAFile', path }
    case 'EEXIST':
      return { kind: 'exists', path }
    case 'ENOSPC':
    case 'EDQUOT':
      return { kind: 'noSpace', path }
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return { kind: 'permissionDenied', path }
    case 'ENAMETOOLONG':
      return { kind: 'badName', path, why: 'it is longer than this file system allows' }
    default:
      return { kind: 'fileError', path, code }
  }
}

/** Runs disk work on the file that the peer calls `path`; rejects with nothing but FailureError. */
export async function naming<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    throw new FailureError(failureOf(cause, path), { cause })
  }
}
