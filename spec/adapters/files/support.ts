import { randomBytes } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import fs from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import sinon from 'sinon'
import { toSeconds } from '../../../adapters/files/entry.ts'
import type { Sink } from '../../../adapters/files/folder.ts'
import { type Failure, FailureError } from '../../../machines/failures.ts'
import type { Entry } from '../../../machines/messages.ts'

/** The failure that `work` rejects with; anything but a FailureError fails the spec. */
export async function failureOf(work: Promise<unknown>): Promise<Failure> {
  const error: unknown = await work.then(
    () => expect.fail('it was expected to reject'),
    (reason: unknown) => reason,
  )
  expect(error).to.be.instanceOf(FailureError)
  return (error as FailureError).failure
}

/** An entry of some version; `bytes` or only how many there are. */
export function entryOf(path: string, bytes: Uint8Array | number, mtimeUs = 1_234_567): Entry {
  return { path, sizeBytes: typeof bytes === 'number' ? bytes : bytes.length, mtimeUs }
}

export function someBytes(count: number): Buffer {
  return randomBytes(count)
}

/** Writes `bytes` in slices, the last one first. */
export async function writeBackwards(sink: Sink, bytes: Buffer, sliceBytes: number): Promise<void> {
  const slices = Math.ceil(bytes.length / sliceBytes)
  for (let slice = slices - 1; slice >= 0; slice--) {
    const from = slice * sliceBytes
    await sink.write(from, bytes.subarray(from, from + sliceBytes))
  }
}

/** A folder of the disk for one spec. */
export class Scratch {
  readonly root = mkdtempSync(join(tmpdir(), 'folder-spec-'))

  at(...parts: string[]): string {
    return join(this.root, ...parts)
  }

  async set(path: string, bytes: Uint8Array, mtimeUs = 0): Promise<void> {
    await fs.mkdir(join(this.at(path), '..'), { recursive: true })
    const before = await this.#changedAt(path)
    await fs.writeFile(this.at(path), bytes)
    // Kernels stamp with a clock of a few milliseconds: a change must be seen to be one.
    do await fs.utimes(this.at(path), 0, toSeconds(mtimeUs))
    while ((await this.#changedAt(path)) === before)
  }

  async #changedAt(path: string): Promise<bigint | null> {
    const stats = await fs.stat(this.at(path), { bigint: true }).catch(() => null)
    return stats?.ctimeNs ?? null
  }

  async bytes(path: string): Promise<Buffer | undefined> {
    return fs.readFile(this.at(path)).catch(() => undefined)
  }

  async names(folder = '.'): Promise<readonly string[]> {
    return (await fs.readdir(this.at(folder))).sort()
  }

  /** Removes what is in it. */
  async clear(): Promise<void> {
    for (const name of await fs.readdir(this.root)) await fs.rm(this.at(name))
  }

  async remove(): Promise<void> {
    await fs.rm(this.root, { recursive: true, force: true })
  }
}

/** What all file handles share, for stubs. */
export async function fileHandle(): Promise<fs.FileHandle> {
  const handle = await fs.open('.')
  await handle.close()
  return Object.getPrototypeOf(handle) as fs.FileHandle
}

/** How many descriptors this process holds; meaningful where /proc is. */
export async function openDescriptors(): Promise<number> {
  return (await fs.readdir('/proc/self/fd')).length
}

/** Runs `work` as a user whom file modes bind, which they do not bind root to. */
export async function asNobody(work: () => Promise<void>): Promise<void> {
  if (process.geteuid?.() !== 0) return work()
  process.seteuid?.(65_534)
  try {
    await work()
  } finally {
    process.seteuid?.(0)
  }
}

/** On Windows neither FIFOs nor modes nor free symlinks exist to be tried. */
export function onPosix(title: string, test: Mocha.AsyncFunc): void {
  if (process.platform === 'win32') it.skip(title, test)
  else it(title, test)
}

/** Where names are reached through the descriptors of their folders. */
export function onLinux(title: string, test: Mocha.AsyncFunc): void {
  if (process.platform === 'linux') it(title, test)
  else it.skip(title, test)
}

/** Later from spec to spec, lest the slowness of one last into the next. */
let stoppedAtMs = 2 ** 40

/**
 * In the specs of the current suite no time goes by, so that disk calls that may be made at once are.
 * What is returned has one take so long that those behind it are left to the thread pool.
 */
export function withDiskCallsAtOnce(): () => void {
  const sandbox = sinon.createSandbox()
  let now: sinon.SinonStub
  beforeEach(() => {
    stoppedAtMs += 1_000
    now = sandbox.stub(performance, 'now').returns(stoppedAtMs)
  })
  afterEach(() => sandbox.restore())
  return () => now.returns(stoppedAtMs + 3)
}
