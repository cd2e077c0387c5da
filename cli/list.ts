import { printable } from '../adapters/files/names.ts'
import type { Ferrygram, Peer } from '../adapters/runtime/api.ts'
import type { Failure } from '../machines/failures.ts'
import type { Entry } from '../machines/messages.ts'
import type { ExitCode } from './exit-codes.ts'
import type { Io } from './io.ts'
import { formatSize } from './units.ts'
import { askServer, type Client, type ClientFlags } from './with-client.ts'

/** `ferrygram list`: what the server has, one file a line. */
export function listCommand(
  ferrygram: Ferrygram,
  io: Io,
  peer: Peer,
  flags: ClientFlags,
): Promise<ExitCode> {
  return askServer('list', ferrygram, io, peer, flags, showList)
}

/** Fetches the list and prints it; a failure is returned, not told. */
export async function showList(client: Client, signal: AbortSignal): Promise<Failure | null> {
  const { ferrygram, output, peer, options } = client
  const outcome = await client.track(ferrygram.list(peer, { ...options, signal })).outcome
  if ('failed' in outcome) return outcome.failed
  await client.succeeded()
  const { entries } = outcome.ok
  for (const { path, sizeBytes, mtimeUs } of entries) {
    output.line({ type: 'entry', path, sizeBytes, mtimeUs })
  }
  output.line({ type: 'done', verb: 'list', files: entries.length })
  if (entries.length === 0) output.say('The server has no files yet.')
  else output.data(listing(entries).join('\n'))
  return null
}

/** A line for each entry: size, local modification time, name; sizes aligned. */
export function listing(entries: readonly Entry[]): readonly string[] {
  const sizes = entries.map(({ sizeBytes }) => formatSize(sizeBytes))
  const width = sizes.reduce((widest, size) => Math.max(widest, size.length), 0)
  return entries.map(
    ({ path, mtimeUs }, at) =>
      `${sizes[at]!.padStart(width)}  ${formatTime(mtimeUs)}  ${printable(path)}`,
  )
}

/** `2025-01-31 18:05`, local time; blank as wide for a moment no calendar has. */
function formatTime(mtimeUs: number): string {
  const time = new Date(mtimeUs / 1_000)
  const year = time.getFullYear()
  if (!(year >= 0 && year <= 9_999)) return ' '.repeat('2025-01-31 18:05'.length)
  const two = (value: number) => String(value).padStart(2, '0')
  const date = `${String(year).padStart(4, '0')}-${two(time.getMonth() + 1)}-${two(time.getDate())}`
  return `${date} ${two(time.getHours())}:${two(time.getMinutes())}`
}
