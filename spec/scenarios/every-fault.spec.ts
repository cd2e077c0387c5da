import { expect } from 'chai'
import { delay, type Fate, type Packet } from 'ferrygram/simulation'
import { cargo, PEER, type Voyage, voyage } from '../support/voyage.ts'

const SIZE = 3_000
const RTT_MS = 20
const key = null

type Way = 'toServer' | 'toClient'
interface Fault {
  readonly way: Way
  readonly number: number
  readonly kind: 'drop' | 'duplicate' | 'late'
}

const KINDS = ['drop', 'duplicate', 'late'] as const
const LATE_MS = 130

/** A rule that does to each packet of its way what the faults say. */
function ruleOf(faults: readonly Fault[], way: Way) {
  return function faulty(packet: Packet): Fate {
    const fault = faults.find((each) => each.way === way && each.number === packet.number)
    if (fault === undefined) return packet
    if (fault.kind === 'drop') return null
    if (fault.kind === 'late') return { ...packet, atMs: packet.atMs + LATE_MS }
    return [packet, packet]
  }
}

const verbs: Record<string, (voyage: Voyage) => Promise<void>> = {
  put: async ({ sea, arrive }) => {
    sea.clientFiles.set('crate.bin', cargo(SIZE))
    expect(await arrive(sea.put(PEER, 'crate.bin', { key }).outcome, 4_000)).to.have.property('ok')
    expect(sea.serverFiles.bytes('crate.bin')).to.deep.equal(cargo(SIZE))
  },
  putAll: async ({ sea, arrive }) => {
    for (const name of ['crate.bin', 'taken.bin']) sea.clientFiles.set(name, cargo(700))
    sea.serverFiles.set('taken.bin', cargo(5))
    const outcome = await arrive(
      sea.putAll(PEER, ['crate.bin', 'taken.bin'], { key }).outcome,
      6_000,
    )
    expect(outcome).to.have.nested.property('ok.files[0].outcome.ok.path', 'crate.bin')
    expect(outcome).to.have.nested.property('ok.files[1].outcome.failed.kind', 'exists')
    expect(sea.serverFiles.bytes('crate.bin')).to.deep.equal(cargo(700))
    expect(sea.serverFiles.bytes('taken.bin')).to.deep.equal(cargo(5))
  },
  getAll: async ({ sea, arrive }) => {
    for (const name of ['crate.bin', 'taken.bin']) sea.serverFiles.set(name, cargo(700))
    sea.clientFiles.set('received_taken.bin', cargo(5))
    const names = ['crate.bin', 'missing.bin', 'taken.bin']
    const outcome = await arrive(sea.getAll(PEER, names, { key }).outcome, 6_000)
    expect(outcome).to.have.nested.property('ok.files[0].outcome.ok.path', 'received_crate.bin')
    expect(outcome).to.have.nested.property('ok.files[1].outcome.failed.kind', 'noSuchFile')
    expect(outcome).to.have.nested.property('ok.files[2].outcome.failed.kind', 'exists')
    expect(sea.clientFiles.bytes('received_crate.bin')).to.deep.equal(cargo(700))
    expect(sea.clientFiles.bytes('received_taken.bin')).to.deep.equal(cargo(5))
  },
  get: async ({ sea, arrive }) => {
    sea.serverFiles.set('crate.bin', cargo(SIZE))
    expect(await arrive(sea.get(PEER, 'crate.bin', { key }).outcome, 4_000)).to.have.property('ok')
    expect(sea.clientFiles.bytes('received_crate.bin')).to.deep.equal(cargo(SIZE))
  },
  list: async ({ sea, arrive }) => {
    for (let i = 0; i < 40; i += 1) sea.serverFiles.set(`a long enough name ${i}`, cargo(i))
    expect(await arrive(sea.list(PEER, { key }).outcome, 4_000)).to.deep.equal({
      ok: { entries: await sea.serverFiles.list() },
    })
  },
  exit: async ({ sea, arrive }) => {
    expect(await arrive(sea.exit(PEER, { key }).outcome, 5_000)).to.have.property('ok')
  },
}

/** How many packets each way a session without faults takes. */
async function countPackets(session: (voyage: Voyage) => Promise<void>) {
  let counts = { toServer: 0, toClient: 0 }
  await voyage({ seed: 1, link: [delay(RTT_MS / 2)] }, async (each) => {
    await session(each)
    const { statistics } = each.sea.network
    counts = { toServer: statistics.toServer.sent, toClient: statistics.toClient.sent }
  })
  return counts
}

function run(session: (voyage: Voyage) => Promise<void>, faults: readonly Fault[]) {
  const options = {
    seed: 1,
    link: [delay(RTT_MS / 2)],
    toServer: [ruleOf(faults, 'toServer')],
    toClient: [ruleOf(faults, 'toClient')],
  }
  return voyage(options, session).catch((error: unknown) => {
    throw new Error(`with ${JSON.stringify(faults)}`, { cause: error })
  })
}

/** The longest sessions take too long with all pairs: of their packets, any two are dropped. */
function isWorthATry(verb: string, ...faults: readonly Fault[]): boolean {
  return !verb.endsWith('All') || faults.every(({ kind }) => kind === 'drop')
}

describe('every fault of a small session', () => {
  for (const [verb, session] of Object.entries(verbs)) {
    it(`${verb}: each packet dropped, doubled or late, alone and with every other`, async () => {
      const counts = await countPackets(session)
      const faults: Fault[] = (['toServer', 'toClient'] as const).flatMap((way) =>
        Array.from({ length: counts[way] + 1 }, (_, number) => number).flatMap((number) =>
          KINDS.map((kind) => ({ way, number, kind })),
        ),
      )
      for (const [i, fault] of faults.entries()) {
        await run(session, [fault])
        for (const second of faults.slice(i + 1)) {
          if (isWorthATry(verb, fault, second)) await run(session, [fault, second])
        }
      }
    }).timeout(60_000)
  }
})
