import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'chai'
import parseWords from 'string-argv'
import { UNSYNCED_BYTES_MAX } from '../../machines/limits.ts'
import { Onlooker } from '../support/onlooker.ts'
import { type Process, Stage } from '../support/processes.ts'
import type { Direction, Relay } from '../support/relay.ts'
import { cargo, sealedBytes, sha256 } from '../support/voyage.ts'

const HOST = '127.0.0.1'
const CUT_MS = 6_000
/** Sent before the sender can know of the interruption, and lost with it. */
const IN_FLIGHT_BYTES_MAX = 2 * 1024 * 1024

/**
 * How large the files are that are interrupted, and how fast they go: slowly enough that a sync is
 * over before as much again has come, or more than UNSYNCED_BYTES_MAX are lost with a process.
 */
export interface Scale {
  readonly sizeBytes: number
  readonly limitBytesPerS: number
}

/** What an interrupted transfer cost. */
export interface Cost {
  readonly sentBytes: number
  readonly seconds: number
}

export type Interruption = (scale: Scale) => Promise<Cost>

/** An end of the transfer dies without a word. Large enough that starting over is told apart. */
export const kills: Readonly<Record<string, Interruption>> = {
  'a put goes on by itself when its server is killed and started again': (scale) =>
    Stage.set(async (stage) => {
      const { server, port } = await stage.serve()
      const journey = await beginPut(stage, port, scale)
      await journey.isAt(0.75)
      expect(await server.kill('SIGKILL')).to.equal('SIGKILL')
      await stage.serve(port)
      return journey.arrive()
    }),

  'a get goes on where it was when its client is killed and run again': (scale) =>
    Stage.set(async (stage) => {
      const { port } = await stage.serve()
      const journey = await beginGet(stage, port, scale)
      await journey.isAt(0.75)
      expect(await journey.client.kill('SIGKILL')).to.equal('SIGKILL')
      return journey.arrive(stage.run(...journey.args))
    }),
}

/** Everybody lives, but the link or the user comes between. */
export const troubles: Readonly<Record<string, Interruption>> = {
  [`a put survives ${CUT_MS / 1_000} s without a link`]: (scale) =>
    Stage.set(async (stage) => {
      const { port } = await stage.serve()
      const journey = await beginPut(stage, port, scale)
      await journey.isAt(0.5)
      await journey.client.during(journey.relay.cut(CUT_MS))
      return journey.arrive()
    }),

  [`a get survives ${CUT_MS / 1_000} s without a link`]: (scale) =>
    Stage.set(async (stage) => {
      const { port } = await stage.serve()
      const journey = await beginGet(stage, port, scale)
      await journey.isAt(0.5)
      await journey.client.during(journey.relay.cut(CUT_MS))
      return journey.arrive()
    }),

  'a put follows its client to another address': (scale) =>
    Stage.set(async (stage) => {
      const { port } = await stage.serve()
      const journey = await beginPut(stage, port, scale)
      await journey.isAt(0.5)
      await journey.relay.changeAddress()
      return journey.arrive()
    }),

  'a get follows its client to another address': (scale) =>
    Stage.set(async (stage) => {
      const { port } = await stage.serve()
      const journey = await beginGet(stage, port, scale)
      await journey.isAt(0.5)
      await journey.relay.changeAddress()
      return journey.arrive()
    }),

  'a put that is terminated prints the command that goes on': (scale) =>
    Stage.set(async (stage) => {
      const { port } = await stage.serve()
      const journey = await beginPut(stage, port, scale)
      await journey.isAt(0.5)
      expect(await journey.client.kill('SIGTERM'), journey.client.said).to.equal(143)
      const [program, ...args] = parseWords(await journey.client.says(/^ {2}(ferrygram .+)$/m))
      expect(program).to.equal('ferrygram')
      return journey.arrive(stage.run(...args))
    }),
}

/** One file on its way through a relay, from a client that was started to where it is stored. */
class Journey {
  readonly relay: Relay
  readonly client: Process
  readonly args: readonly (string | number)[]
  readonly #direction: Direction
  readonly #bytes: Buffer
  readonly #target: string
  readonly #folder: string
  readonly #onlooker: Onlooker
  readonly #beganMs = performance.now()

  constructor(
    stage: Stage,
    relay: Relay,
    direction: Direction,
    bytes: Buffer,
    folder: string,
    args: readonly (string | number)[],
  ) {
    this.relay = relay
    this.args = args
    this.#direction = direction
    this.#bytes = bytes
    this.#folder = folder
    this.#target = join(folder, 'cargo.bin')
    this.#onlooker = new Onlooker(this.#target, bytes)
    this.client = stage.run(...args)
  }

  /** When so much of the file was sent. */
  isAt(share: number): Promise<void> {
    return this.client.during(this.relay.reached(this.#direction, share * this.#bytes.length))
  }

  /** Waits for the client that ends it, and checks what is there then and what it cost. */
  async arrive(client = this.client): Promise<Cost> {
    const code = await client.ended
    const seconds = (performance.now() - this.#beganMs) / 1_000
    const { looks, partial } = this.#onlooker.leave()
    expect(code, client.said).to.equal(0)
    expect(looks).to.be.greaterThan(100)
    expect(partial, 'seen under the real name').to.equal(null)
    expect(sha256(await readFile(this.#target))).to.equal(sha256(this.#bytes))
    expect(await readdir(this.#folder), 'nothing left behind').to.deep.equal(['cargo.bin'])
    const sentBytes = this.relay.sliceBytes[this.#direction]
    expect(sentBytes).to.be.at.least(sealedBytes(this.#bytes.length))
    expect(sentBytes).to.be.at.most(
      1.05 * this.#bytes.length + UNSYNCED_BYTES_MAX + IN_FLIGHT_BYTES_MAX,
    )
    return { sentBytes, seconds }
  }
}

async function beginPut(stage: Stage, port: number, scale: Scale): Promise<Journey> {
  const relay = await stage.relayTo(port)
  const bytes = cargo(scale.sizeBytes)
  await stage.write('home', 'cargo.bin', bytes)
  const args = ['put', HOST, relay.port, '--limit', scale.limitBytesPerS, 'cargo.bin']
  return new Journey(stage, relay, 'up', bytes, stage.root, args)
}

async function beginGet(stage: Stage, port: number, scale: Scale): Promise<Journey> {
  const relay = await stage.relayTo(port)
  const bytes = cargo(scale.sizeBytes)
  await stage.write('root', 'cargo.bin', bytes)
  const limit = ['--limit', scale.limitBytesPerS]
  const args = ['get', HOST, relay.port, ...limit, '--into', '.', 'cargo.bin']
  return new Journey(stage, relay, 'down', bytes, stage.home, args)
}
