import type { AnyActorRef } from 'xstate'
import type { Inbound } from '../../machines/recovery/inbound.ts'
import type { Outbound } from '../../machines/recovery/outbound.ts'
import type { Progress } from './api.ts'

/**
 * How the transfer of a session stands, read off its books; null while there is none. Reading now
 * and then costs less than having every record tell.
 */
export function progressOf(session: AnyActorRef): Progress | null {
  const { children, value: doing } = session.getSnapshot()
  const transfer = children['transfer']
  // What names the files is none of them.
  if (transfer === undefined || Object.hasOwn(Object(doing), 'naming')) return null
  const snapshot = transfer.getSnapshot()
  const books: { readonly outbound?: Outbound; readonly inbound?: Inbound } = snapshot.context
  const atMs = performance.now()
  const state = String(snapshot.value)
  if (books.outbound !== undefined) {
    const { inFlight } = books.outbound
    const lost = inFlight.lostPackets - inFlight.latePackets
    return {
      atMs,
      ...shareOf(books.outbound),
      lossShare: inFlight.sentPackets === 0 ? 0 : lost / inFlight.sentPackets,
      rttMs: inFlight.rtt.smoothedMs,
      state,
    }
  }
  if (books.inbound === undefined || books.inbound.awaitsMore) return null
  return { atMs, ...shareOf(books.inbound), lossShare: null, rttMs: null, state }
}

/** How much of the files is done; a manifest ahead of them does not count. */
function shareOf({ doneBytes, doneRecords, layout }: Inbound | Outbound) {
  const { totalBytes, runCount } = layout
  if (runCount === 1) return { doneBytes, totalBytes }
  const manifestBytes = layout.beginBytes(1)
  return {
    doneBytes: Math.max(0, doneBytes - manifestBytes),
    totalBytes: totalBytes - manifestBytes,
    files: { done: Math.max(0, layout.runsBefore(doneRecords) - 1), total: runCount - 1 },
  }
}
