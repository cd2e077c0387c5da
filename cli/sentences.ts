import { printable } from '../adapters/files/names.ts'
import type { Failure } from '../machines/failures.ts'
import { formatDuration, formatSize } from './units.ts'

/**
 * One sentence for a failure: what happened and what to do next. `where` is the server as the user
 * named it, `HOST:PORT`.
 */
export function sentence(failure: Failure, where: string): string {
  return 'path' in failure ? fileSentence(failure) : sessionSentence(failure, where)
}

type FileFailure = Extract<Failure, { readonly path: string }>
type SessionFailure = Exclude<Failure, FileFailure>

function fileSentence(failure: FileFailure): string {
  const name = printable(failure.path)
  switch (failure.kind) {
    case 'noSuchFile':
      return `There is no ${name}: check its name and where it is.`
    case 'notAFile':
      return `${name} is not a regular file: name a file, folders cannot be moved.`
    case 'badName':
      return `The name ${name} cannot be used (${printable(failure.why)}): choose one with --as.`
    case 'exists':
      return `${name} is already there and differs: add --replace to overwrite it.`
    case 'busy':
      return `${name} is being written by another session: try again when that one has ended.`
    case 'tooLarge':
      return `${name} is too large: at most ${formatSize(failure.sizeBytesMax)} are taken.`
    case 'noSpace':
      return `There is no room for ${name}: free some space where it is stored, then try again.`
    case 'permissionDenied':
      return `Access to ${name} is denied: check the rights of the file and of its folder.`
    case 'sourceChanged':
      return `${name} changed while it was read: try again once nothing writes to it.`
    case 'fileError':
      return `${name} cannot be read or written (${printable(failure.code)}): check the disk.`
  }
}

function sessionSentence(failure: SessionFailure, where: string): string {
  switch (failure.kind) {
    case 'unknownHost':
      return `The host ${printable(failure.host)} is not known: check its name.`
    case 'socketError':
      return `The network refused (${printable(failure.code)}): ${socketAdvice(failure.code)}.`
    case 'nothingListens':
      return `Nothing listens at ${where}: check the port, and that the server runs.`
    case 'noAnswer':
      return (
        `No answer from ${where} within ${formatDuration(failure.waitedMs)}: check the address ` +
        'and the port, and that a firewall lets UDP through.'
      )
    case 'linkLost':
      return (
        `The link to ${where} was lost, silent for ${formatDuration(failure.silentMs)}: ` +
        'run the same command again once it is back.'
      )
    case 'wrongKey':
      return (
        `The server at ${where} has another key: "ferrygram key" shows it there; ` +
        'give it here with --key-file or FERRYGRAM_KEY.'
      )
    case 'versionUnsupported':
      return `The server at ${where} speaks version ${failure.supported}: update the older side.`
    case 'exitNotAllowed':
      return `The server at ${where} does not allow to be ended from afar: end it there.`
    case 'serverDraining':
      return `The server at ${where} is ending: start it again, then try again.`
    case 'tooManySessions':
      return `The server at ${where} is busy with ${failure.sessionsMax} sessions: try again later.`
    case 'protocolViolated':
      return `The peer broke the protocol (${printable(failure.what)}): update both sides.`
    case 'superseded':
      return 'Another session took this one over: try again when that one is done.'
    case 'cancelled':
      return 'Cancelled: the same command goes on with it.'
  }
}

function socketAdvice(code: string): string {
  switch (code) {
    case 'EADDRINUSE':
      return 'another program uses that port, choose another one, or 0 for a free one'
    case 'EACCES':
      return 'ports below 1024 need more rights, choose a higher one'
    case 'EADDRNOTAVAIL':
      return 'this machine does not have that address, check --host'
    case 'ENETUNREACH':
    case 'EHOSTUNREACH':
      return 'no route leads there, check the address and the connection'
    default:
      return 'check the address and the connection'
  }
}
