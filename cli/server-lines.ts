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
      return `[${report.session}] ${endText(report)}`
    case 'draining':
      if (report.sessions === 0) return 'Ending.'
      return `Ending: waiting for ${report.sessions} session${report.sessions === 1 ? '' : 's'}.`
  }
}

/** What a server says about one report, with `--json`. */
export function reportLine(report: ServerReport): JsonLine {
  if (report.type !== 'ended') return report
  const { session, verb, outcome } = report
  if ('failed' in outcome) {
    const failed = outcome.failed.kind
    return { type: 'ended', session, verb, sizeBytes: null, alreadyThere: null, failed }
  }
  return { type: 'ended', session, verb, ...outcome.ok, failed: null }
}

function endText({ verb, outcome }: Extract<ServerReport, { readonly type: 'ended' }>): string {
  if ('failed' in outcome && outcome.failed.kind === 'superseded')
    return 'taken over by a later one'
  if ('failed' in outcome) return `failed: ${outcome.failed.kind}`
  if (verb === 'list') return 'done, listed'
  if (verb === 'exit') return 'done, told to end'
  if (outcome.ok.alreadyThere) return 'done, already there'
  return `done, ${formatSize(outcome.ok.sizeBytes)}`
}
