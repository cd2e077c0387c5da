import { fromEventObservable, fromPromise } from 'xstate'
import type { SessionEvent } from '../../machines/events.ts'
import type { Ports } from '../../machines/ports.ts'
import { receiverMachine } from '../../machines/transfer/receiver.ts'
import { senderMachine } from '../../machines/transfer/sender.ts'
import { digestsOf } from '../wire/digests.ts'
import { portsOf } from './session-ports.ts'

/** What every session listens to. */
export const session = fromEventObservable<SessionEvent, { readonly ports: Ports }>(
  ({ input }) => portsOf(input).link.stream.events$,
)

/** The sender, its effects provided. */
export const sender = senderMachine.provide({
  actions: {
    readRecords: ({ context }) => {
      const { wanted } = context.verdict
      if (wanted === null) return
      const { folder, wire } = portsOf(context)
      folder.read(wanted.first, wanted.count, context.outbound.layout, wire)
    },
    freeRecords: ({ context }) =>
      portsOf(context).folder.free((record) => context.outbound.isOpened(record)),
    sendSegments: ({ context }) => {
      const { link, folder } = portsOf(context)
      link.transmit(context.outbound, folder)
    },
    sendDigests: ({ context }) => {
      const { link, folder } = portsOf(context)
      for (const record of context.verdict.digests) {
        link.say({ kind: 'digests', record, digests: digestsOf(folder.sealed(record)) })
      }
    },
    sendPing: ({ context }) => portsOf(context).link.say({ kind: 'ping' }),
    sendManifest: ({ context }) => {
      const { link, folder } = portsOf(context)
      const { inFlight, layout } = context.outbound
      // Whoever reports what arrived of the manifest knows its length.
      if (!folder.offers || inFlight.deliveredBytes > 0) return
      link.say({ kind: 'manifest', manifestBytes: layout.beginBytes(1) })
    },
    sendWithdrawals: ({ context }) => {
      for (const { entry, failure } of context.outbound.withdrawals.lowest) {
        portsOf(context).link.say({ kind: 'withdrawn', entry, failure })
      }
    },
    armTimer: ({ context }) => portsOf(context).link.arm(context.outbound),
  },
})

/** The receiver, its effects provided. */
export const receiver = receiverMachine.provide({
  actors: {
    commit: fromPromise(({ input }) => portsOf(input).folder.commit()),
  },
  actions: {
    storeSlices: ({ context, event }) => {
      if (event.type !== 'burst') return
      const { kept } = context.verdict
      portsOf(context).folder.storeSlices(event.data, kept, context.inbound.layout)
    },
    openRecords: ({ context }) => {
      const { folder, wire } = portsOf(context)
      folder.open(context.verdict.completed, context.inbound.layout, wire)
    },
    compareDigests: ({ context, event }) => {
      if (event.type !== 'burst') return
      const { folder, wire } = portsOf(context)
      for (const control of event.controls) {
        if (control.kind !== 'digests') continue
        const { record, digests } = control
        if (context.inbound.wantsDigests(record, digests.length)) {
          folder.compare(record, digests, wire)
        }
      }
    },
    takeWithdrawals: ({ context, event }) => {
      if (event.type !== 'burst') return
      for (const control of event.controls) {
        if (control.kind === 'withdrawn') {
          portsOf(context).folder.batch?.withdraw(control.entry, control.failure)
        }
      }
    },
    dropSpared: ({ context }) =>
      portsOf(context).folder.forget((record) => context.inbound.isStored(record)),
    sendDueStatus: ({ context }) => {
      if (!context.verdict.statusDue) return
      portsOf(context).link.say(context.inbound.status(false, performance.now()))
    },
    sendStoringStatus: ({ context }) =>
      portsOf(context).link.say(context.inbound.status(true, performance.now())),
    armTimer: ({ context }) => portsOf(context).link.arm(context.inbound),
  },
})
