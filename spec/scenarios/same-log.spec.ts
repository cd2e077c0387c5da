import { randomBytes } from 'node:crypto'
import { expect } from 'chai'
import { corrupt, delay, drop, duplicate, recorder, reorder } from 'ferrygram/simulation'
import { type Voyage, voyage } from '../support/voyage.ts'

const SEEDS = 200
const MS_MAX = 20_000
const FILE_BYTES = 4_000
const peer = { host: 'sea', port: 6006 }
const link = [
  delay(20, { jitterMs: 3 }),
  drop(0.1),
  duplicate(0.05),
  reorder(0.2, 15),
  corrupt(0.01),
]

type Inspect = ReturnType<typeof recorder>

/** What a run is about besides its seed; nothing of it may be seen in a log. */
interface Secrets {
  readonly key: Buffer
  readonly out: Buffer
  readonly back: Buffer
}

const makeSecrets = (): Secrets => ({
  key: randomBytes(32),
  out: randomBytes(FILE_BYTES),
  back: randomBytes(FILE_BYTES),
})

/** The event log of a put, a get, a list and an exit. */
async function logOf(seed: number, { key, out, back }: Secrets): Promise<readonly string[]> {
  const log: string[] = []
  let record: Inspect | null = null
  const run = async ({ sea, arrive }: Voyage) => {
    const server = await sea.serve(peer.port, { root: '.', key })
    sea.clientFiles.set('out.bin', out)
    sea.serverFiles.set('back.bin', back)
    const sessions = [
      () => sea.put(peer, 'out.bin', { key }).outcome,
      () => sea.get(peer, 'back.bin', { key }).outcome,
      () => sea.list(peer, { key }).outcome,
      () => sea.exit(peer, { key }).outcome,
    ]
    for (const start of sessions) {
      expect(await arrive<object>(start(), MS_MAX)).to.have.property('ok')
    }
    server.stop()
  }
  // Time begins with the fake clock, which voyage installs.
  const inspect: Inspect = (inspection) => {
    record ??= recorder({ seed, write: (line) => log.push(line) })
    record(inspection)
  }
  await voyage({ seed, link, inspect }, run)
  return log
}

describe('the event log', () => {
  it(`is the same for the same seed, whatever the key and the contents, ${SEEDS} seeds`, async () => {
    const logs = new Set<string>()
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const first = await logOf(seed, makeSecrets())
      const second = await logOf(seed, makeSecrets())
      const differs = first.findIndex((line, i) => line !== second[i])
      expect(second[differs], `seed ${seed}, line ${differs}`).to.equal(first[differs])
      expect(second, `seed ${seed}`).to.have.length(first.length)
      logs.add(first.slice(1).join(''))
    }
    expect(logs.size, 'different logs').to.equal(SEEDS)
  }).timeout(60_000)
})
