const TOLD: Readonly<Record<string, string>> = {
  connecting: 'waiting for the server',
  starved: 'waiting for the disk',
  pacing: 'at the rate of the link',
  congestionLimited: 'waiting for the link',
  receiverLimited: 'waiting for the receiver',
  probing: 'no answer, probing',
  draining: 'waiting for the last confirmations',
  receiving: 'receiving',
  full: 'waiting for the disk',
  committing: 'making it durable',
  confirming: 'making it durable',
  reconnecting: 'link lost, reconnecting',
  finished: 'finished',
}

/** What limits a transfer, in the user's words, from the state it is in. */
export function limitTold(state: string): string {
  return TOLD[state] ?? state
}
