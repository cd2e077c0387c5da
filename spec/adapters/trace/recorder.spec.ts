import { expect } from 'chai'
import { delay, recorder } from 'ferrygram/simulation'
import type { TraceLine } from '../../../adapters/trace/lines.ts'
import { registry } from '../../../machines/index.ts'
import { voyage } from '../../support/voyage.ts'

const key = Buffer.from('a canary of a key, 32 bytes long')
const content = Buffer.from('canary in the cargo hold '.repeat(4_000))
const peer = { host: 'sea', port: 6006 }

/** The trace of a put and a get, as text. */
async function traced(): Promise<string> {
  let text = ''
  const record = recorder({
    seed: 5,
    write: (line) => {
      text += line
    },
  })
  await voyage({ seed: 5, link: [delay(20)], inspect: record }, async ({ sea, arrive }) => {
    const server = await sea.serve(peer.port, { root: '.', key })
    sea.clientFiles.set('out.bin', content)
    await arrive(sea.put(peer, 'out.bin', { key }).outcome, 5_000)
    await arrive(sea.get(peer, 'out.bin', { key }).outcome, 5_000)
    server.stop()
  })
  return text
}

describe('a trace', () => {
  let text: string
  let lines: TraceLine[]
  before(async () => {
    text = await traced()
    lines = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
  })
  const events = () => lines.filter((line) => line.type === 'event')

  it('begins with what it is', () => {
    expect(lines[0]).to.deep.include({ type: 'trace', version: 1, seed: 5 })
  })

  it('names actors by role and order, and the statechart of each', () => {
    const machines = new Map(
      lines.flatMap((line) => (line.type === 'actor' ? [[line.actor, line.machine]] : [])),
    )
    expect(machines.get('server/listener#2')).to.equal('server/listener')
    expect(machines.get('client/put#1/handshake')).to.equal('client/handshake')
    expect(machines.get('client/put#1/transfer')).to.equal('transfer/sender')
    expect(machines.get('client/get#1/transfer')).to.equal('transfer/receiver')
    expect(machines.get('server/session#2/transfer/congestion')).to.equal('transfer/congestion')
    expect(machines.get('server/session#1/transfer/commit')).to.equal(null)
    const known = new Set<string | null>([null, ...registry.map(({ id }) => id)])
    expect([...machines.values()].filter((id) => !known.has(id))).to.deep.equal([])
  })

  it('follows a put from state to state, to its output', () => {
    const own = events().filter(({ actor }) => actor === 'client/put#1')
    const states = own.map(({ state }) => state).filter((state, i, all) => state !== all[i - 1])
    expect(states).to.deep.equal(['opening', 'connecting', 'sending.lively', 'done'])
    expect(own.at(-1)?.output).to.deep.equal({
      ok: { sizeBytes: content.length, alreadyThere: false },
    })
  })

  it('numbers events, so that what was sent first can be told', () => {
    const numbers = events().map(({ n }) => n)
    expect(new Set(numbers).size).to.equal(numbers.length)
    const first = (actor: string) => events().find((line) => line.actor === actor)?.n ?? 0
    expect(first('client/put#1')).to.be.below(first('client/put#1/openSource'))
    expect(Math.max(...numbers) - numbers.length, 'sent to those who had ended').to.be.within(0, 4)
  })

  it('has header fields and verdicts of transfers', () => {
    const bursts = events().filter(({ actor, event }) => {
      return actor === 'server/session#1/transfer' && Object(event).type === 'burst'
    })
    expect(Object(bursts[0]!.event).data).to.have.keys(
      'count',
      'firstPacket',
      'lastPacket',
      'records',
      'bytes',
    )
    expect(bursts.map(({ verdict }) => Object(verdict).kept?.length > 0)).to.include(true)
  })

  it('has no byte of the key, nothing of the contents', () => {
    expect(text)
      .to.include('out.bin')
      .and.not.match(/canary/)
    for (const encoding of ['hex', 'base64', 'latin1'] as const) {
      for (const secret of [key, content.subarray(0, 48)]) {
        expect(text).not.to.include(secret.toString(encoding).slice(0, 8))
      }
    }
  })
})
