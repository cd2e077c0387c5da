import { fromEventObservable, fromPromise } from 'xstate'
import type { SessionEvent } from '../../machines/events.ts'
import type { Ports } from '../../machines/ports.ts'
import { receiverMachine } from '../../machines/transfer/receiver.ts'
import { senderMachine } from '../../machines/transfer/sender.ts'
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
    sendPing: ({ context }) => portsOf(context).link.say({ kind: 'ping' }),
    armTimer: ({ context }) => portsOf(context).link.arm(context.outbound.deadline()),
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
      const { accepted } = context.verdict
      portsOf(context).folder.storeSlices(event.data, accepted, context.inbound.layout)
    },
    openRecords: ({ context }) => {
      const { folder, wire } = portsOf(context)
      folder.open(context.verdict.completed, context.inbound.layout, wire)
    },
    sendDueStatus: ({ context }) => {
      if (!context.verdict.statusDue) return
      portsOf(context).link.say(context.inbound.status(false, performance.now()))
    },
    sendStoringStatus: ({ context }) =>
      portsOf(context).link.say(context.inbound.status(true, performance.now())),
    armTimer: ({ context }) => portsOf(context).link.arm(context.inbound.deadline()),
  },
})
