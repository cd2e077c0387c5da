/** Syncs of one thing begin this far apart: what each makes durable, the next does for many at once. */
const APART_MS = 5

interface Syncing {
  /** Over when the next one may begin. */
  readonly turn: Promise<unknown>
  /** What comes after it, for all who asked meanwhile: their changes may have come too late for it. */
  next: Promise<void> | null
}

/** Syncs under way or only just over, by what is synced. */
const syncing = new Map<string, Syncing>()

/**
 * Runs `sync` on what `key` names, and resolves or rejects as it does. Whoever asks while one is
 * running, or soon after it began, shares the next one with all others who do: a batch of small
 * files costs few syncs, and is told of in few groups.
 */
export function syncTogether(key: string, sync: () => Promise<void>): Promise<void> {
  const current = syncing.get(key)
  if (current === undefined) return start(key, sync)
  current.next ??= current.turn.then(() => start(key, sync))
  return current.next
}

function start(key: string, sync: () => Promise<void>): Promise<void> {
  const running = sync()
  const apart = new Promise((resolve) => setTimeout(resolve, APART_MS))
  const turn = Promise.allSettled([running, apart])
  const own: Syncing = { turn, next: null }
  syncing.set(key, own)
  void turn.then(() => {
    if (own.next === null) syncing.delete(key)
  })
  return running
}
