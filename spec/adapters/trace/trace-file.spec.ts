import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { createNode, openTrace, type Trace } from 'ferrygram'

const key = null
const host = '127.0.0.1'

function opened(file: string): Trace {
  const outcome = openTrace(file)
  if ('failed' in outcome) throw new Error(outcome.failed.kind)
  return outcome.ok
}

describe('a trace file', () => {
  let folder: string
  let file: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ferrygram-trace-'))
    file = join(folder, 'trace.ndjson')
  })
  afterEach(() => rm(folder, { recursive: true }))
  const lines = async () => (await readFile(file, 'utf8')).trimEnd().split('\n')

  it('holds both sides of real sessions, whole once closed', async () => {
    const listening = process.listenerCount('exit')
    const trace = opened(file)
    const node = createNode({ inspect: trace.inspect })
    const server = await node.serve(0, { key, root: folder, host })
    for (let i = 0; i < 30; i += 1) {
      const list = node.list({ host, port: server.port }, { key })
      expect(await list.outcome).to.have.property('ok')
      await list.closed
    }
    server.stop()
    await server.closed
    expect(trace.close()).to.equal(null)
    expect(process.listenerCount('exit')).to.equal(listening)
    const actors = (await lines()).map((line) => JSON.parse(line).actor)
    expect(actors).to.include.members(['client/list#30', 'server/session#30', 'server/listener#1'])
  })

  it('is whole when the process exits at once', async () => {
    const program = `
      import { openTrace } from 'ferrygram'
      import { createActor, createMachine } from 'xstate'
      const { inspect } = openTrace(process.argv[1]).ok
      const actor = createActor(createMachine({ id: 'm', on: { go: {} } }), { inspect }).start()
      for (let i = 0; i < 3000; i += 1) actor.send({ type: 'go' })
      process.exit(130)`
    const flags = ['--import=tsx', '--conditions=ferrygram-source', '--input-type=module']
    const run = () => execFileSync(process.execPath, [...flags, '-e', program, file])
    expect(run).to.throw().with.property('status', 130)
    expect((await lines()).map((line) => JSON.parse(line).type)).to.have.length(3_003)
  })

  it('that cannot be written fails by name', () => {
    expect(openTrace(join(folder, 'no', 'such'))).to.have.nested.property(
      'failed.kind',
      'noSuchFile',
    )
  })

  it('on a full disk ends, and says so when closed', function () {
    if (!existsSync('/dev/full')) this.skip()
    const trace = opened('/dev/full')
    expect(trace.close()).to.deep.equal({ kind: 'noSpace', path: '/dev/full' })
  })
})
