import { expect } from 'chai'
import { EXIT, exitCodeOf, exitCodeOfAll } from '../../cli/exit-codes.ts'
import { sentence } from '../../cli/sentences.ts'
import type { Failure, FailureKind } from '../../machines/failures.ts'

const path = 'a\u001b[31m.txt'

// A kind that is added to Failure does not compile here until it has its row.
const table: {
  readonly [Kind in FailureKind]: readonly [Extract<Failure, { kind: Kind }>, number]
} = {
  noSuchFile: [{ kind: 'noSuchFile', path }, 3],
  notAFile: [{ kind: 'notAFile', path }, 3],
  badName: [{ kind: 'badName', path, why: 'the name is empty' }, 5],
  exists: [{ kind: 'exists', path }, 7],
  busy: [{ kind: 'busy', path }, 7],
  tooLarge: [{ kind: 'tooLarge', path, sizeBytesMax: 10 }, 5],
  noSpace: [{ kind: 'noSpace', path }, 8],
  permissionDenied: [{ kind: 'permissionDenied', path }, 5],
  sourceChanged: [{ kind: 'sourceChanged', path }, 1],
  fileError: [{ kind: 'fileError', path, code: 'EIO' }, 1],
  unknownHost: [{ kind: 'unknownHost', host: 'nowhere.invalid' }, 4],
  socketError: [{ kind: 'socketError', code: 'ENETUNREACH' }, 4],
  nothingListens: [{ kind: 'nothingListens' }, 4],
  noAnswer: [{ kind: 'noAnswer', waitedMs: 10_000 }, 4],
  linkLost: [{ kind: 'linkLost', silentMs: 12_000 }, 4],
  wrongKey: [{ kind: 'wrongKey' }, 5],
  versionUnsupported: [{ kind: 'versionUnsupported', supported: 2 }, 1],
  exitNotAllowed: [{ kind: 'exitNotAllowed' }, 5],
  serverDraining: [{ kind: 'serverDraining' }, 5],
  tooManySessions: [{ kind: 'tooManySessions', sessionsMax: 3 }, 7],
  protocolViolated: [{ kind: 'protocolViolated', what: 'a reply to nothing' }, 1],
  superseded: [{ kind: 'superseded' }, 7],
  cancelled: [{ kind: 'cancelled' }, 130],
}

describe('exit codes', () => {
  for (const [kind, [failure, code]] of Object.entries(table)) {
    it(`${kind} is ${code}, and says so in a line that is safe to print`, () => {
      expect(exitCodeOf(failure)).to.equal(code)
      const said = sentence(failure, 'host:5005')
      expect(said).to.match(/^[^\p{Cc}]{20,200}\.$/u)
      // Two clauses at least: what happened, and what to do next.
      expect(said).to.include(':')
      if ('path' in failure) expect(said).to.include('a\\u{1b}[31m.txt')
    })
  }

  const batches: readonly (readonly [string, Parameters<typeof exitCodeOfAll>[0], number])[] = [
    ['nothing at all', [], EXIT.done],
    ['all done', [EXIT.done, EXIT.done], EXIT.done],
    ['all alike', [EXIT.taken, EXIT.taken], EXIT.taken],
    ['some done', [EXIT.done, EXIT.taken], EXIT.partial],
    ['some done, others unlike', [EXIT.taken, EXIT.done, EXIT.noSpace], EXIT.partial],
    ['none done, unlike', [EXIT.taken, EXIT.noSpace], EXIT.failed],
  ]
  for (const [what, codes, code] of batches) {
    it(`several files, ${what}: ${code}`, () => expect(exitCodeOfAll(codes)).to.equal(code))
  }
})
