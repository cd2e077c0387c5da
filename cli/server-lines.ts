import { printable } from '../adapters/files/names.ts'
import type { ServerReport } from '../adapters/runtime/api.ts'
import type { JsonLine } from './json-lines.ts'
import { formatSize } from './units.ts'

/** What a server says about one report, to people. */
export function reportText(report: ServerReport): string {
  switch (report.type) {
    case 'opened': {
      const path = report.path === null ? '' : ` ${printable(report.path)}`
      return `[${report.session}] ${printable(report.verb)}${path} from ${printable(report.from)}`
    }
    case 'ended':
      return `[${report.session}] ${endText(report.outcome)}`
    case 'draining':
      if (report.sessions === 0) return 'Ending.'
      return `Ending: waiting for ${report.sessions} session${report.sessions === 1 ? '' : 's'}.`
  }
}

/** What a server says about one report, with `--json`. */
export function reportLine(report: ServerReport): JsonLine {
  if (report.type !== 'ended') return report
  const { session, outcome } = report
  if ('failed' in outcome) {
    const failed = outcome.failed.kind
    return { type: 'ended', session, sizeBytes: null, alreadyThere: null, failed }
  }
  return { type: 'ended', session, ...outcome.ok, failed: null }
}

type EndedOutcome = Extract<ServerReport, { readonly type: 'ended' }>['outcome']

function endText(outcome: EndedOutcome): string {
  if ('failed' in outcome) return `failed: ${outcome.failed.kind}`
  if (outcome.ok.alreadyThere) return 'done, already there'
  return `done, ${formatSize(outcome.ok.sizeBytes)}`
}
