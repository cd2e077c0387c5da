const MS_MAX = 2_000

/** Lets other work have its turn until `condition` holds; throws after a while without end. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const beganMs = performance.now()
  while (performance.now() - beganMs < MS_MAX) {
    if (condition()) return
    await new Promise(setImmediate)
  }
  throw new Error(`never came to: ${what}`)
}
