import { kills, troubles } from './interruptions.ts'

// A kill loses up to 16 MiB that were not synced yet, so its file has to be larger than that.
const forKills = { sizeBytes: 40_000_000, limitBytesPerS: 12_000_000 }
const forTroubles = { sizeBytes: 8_000_000, limitBytesPerS: 4_000_000 }

describe('real processes that are interrupted', () => {
  // They mostly wait, each for its own, so they run side by side.
  const running = new Map<string, Promise<unknown>>()

  function begin(name: string, run: Promise<unknown>): void {
    run.catch(() => {})
    running.set(name, run)
  }

  before(() => {
    for (const [name, kill] of Object.entries(kills)) begin(name, kill(forKills))
    for (const [name, trouble] of Object.entries(troubles)) begin(name, trouble(forTroubles))
  })

  for (const name of Object.keys({ ...kills, ...troubles })) {
    it(name, async () => {
      await running.get(name)
    }).timeout(60_000)
  }
})
