import type { AnyStateMachine } from 'xstate'
import { exitMachine } from './client/exit.ts'
import { getMachine } from './client/get.ts'
import { getAllMachine } from './client/get-all.ts'
import { handshakeMachine } from './client/handshake.ts'
import { listMachine } from './client/list.ts'
import { putMachine } from './client/put.ts'
import { putAllMachine } from './client/put-all.ts'
import { menuMachine } from './menu.ts'
import { listenerMachine } from './server/listener.ts'
import { sessionMachine } from './server/session.ts'
import { congestionMachine } from './transfer/congestion.ts'
import { pathMtuMachine } from './transfer/path-mtu.ts'
import { receiverMachine } from './transfer/receiver.ts'
import { senderMachine } from './transfer/sender.ts'

/** One machine as diagrams and specs meet it. */
export interface RegisteredMachine {
  /** Its file below machines/, without the extension. */
  readonly id: string
  readonly title: string
  readonly summary: string
  readonly machine: AnyStateMachine
}

/** Every statechart of the program. */
export const registry: readonly RegisteredMachine[] = [
  {
    id: 'menu',
    title: 'Menu',
    summary: 'Takes commands from a person or a pipe, one at a time, and survives all of them.',
    machine: menuMachine,
  },
  {
    id: 'client/handshake',
    title: 'Handshake',
    summary: 'Says hello until a welcome opens; doubts everything else for a second.',
    machine: handshakeMachine,
  },
  {
    id: 'client/put',
    title: 'Put',
    summary: 'Sends one file and waits for the word that it is stored.',
    machine: putMachine,
  },
  {
    id: 'client/put-all',
    title: 'Put of several',
    summary: 'Sends several files in one session and asks what became of each.',
    machine: putAllMachine,
  },
  {
    id: 'client/get',
    title: 'Get',
    summary: 'Receives one file, stores it and says so.',
    machine: getMachine,
  },
  {
    id: 'client/get-all',
    title: 'Get of several',
    summary: 'Names several files, then receives them in the same session, each on its own.',
    machine: getAllMachine,
  },
  {
    id: 'client/list',
    title: 'List',
    summary: 'Fetches the list of files, in the welcome when it is small.',
    machine: listMachine,
  },
  {
    id: 'client/exit',
    title: 'Exit',
    summary: 'Ends the server once the sessions under way have finished.',
    machine: exitMachine,
  },
  {
    id: 'server/listener',
    title: 'Listener',
    summary: 'Decides who may open a session and when the server ends.',
    machine: listenerMachine,
  },
  {
    id: 'server/session',
    title: 'Session',
    summary: 'One session at the server: nothing is changed until the address is proved.',
    machine: sessionMachine,
  },
  {
    id: 'transfer/sender',
    title: 'Sender',
    summary: 'Sends records until each is reported opened; its state is what holds it back.',
    machine: senderMachine,
  },
  {
    id: 'transfer/receiver',
    title: 'Receiver',
    summary: 'Receives, stores and reports records, and makes the whole durable.',
    machine: receiverMachine,
  },
  {
    id: 'transfer/congestion',
    title: 'Congestion',
    summary: 'BBR: finds how fast the path carries, and keeps its queue short.',
    machine: congestionMachine,
  },
  {
    id: 'transfer/path-mtu',
    title: 'Path MTU',
    summary: 'Finds how large a datagram the path carries, and falls back when it shrinks.',
    machine: pathMtuMachine,
  },
]

export type { Failure, FailureKind, Outcome } from './failures.ts'
export type { CongestionEvent } from './transfer/congestion-context.ts'
export {
  congestionMachine,
  exitMachine,
  getAllMachine,
  getMachine,
  handshakeMachine,
  listenerMachine,
  listMachine,
  menuMachine,
  pathMtuMachine,
  putAllMachine,
  putMachine,
  receiverMachine,
  senderMachine,
  sessionMachine,
}
