interface Syncing {
  readonly running: Promise<void>
  /** What comes after it, for all who asked meanwhile: their changes may have come too late for it. */
  next: Promise<void> | null
}

/** Syncs under way, by what is synced. */
const syncing = new Map<string, Syncing>()

/**
 * Runs `sync` on what `key` names, and resolves or rejects as it does. Whoever asks while one is
 * running shares the next one with all others who do: a batch of small files costs few syncs.
 */
export function syncTogether(key: string, sync: () => Promise<void>): Promise<void> {
  const current = syncing.get(key)
  if (current === undefined) return start(key, sync)
  current.next ??= current.running.then(
    () => start(key, sync),
    () => start(key, sync),
  )
  return current.next
}

function start(key: string, sync: () => Promise<void>): Promise<void> {
  const running = sync().finally(() => {
    if (syncing.get(key)?.next === null) syncing.delete(key)
  })
  syncing.set(key, { running, next: null })
  return running
}
