import { execFile, spawn } from 'node:child_process'
import { on, once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { codeFileOf } from './cli/code-file.ts'

/** Runs the program with the arguments behind MAIN, and keeps what V8 compiled until it exits. */
const KEEPER = `
  const [, main, codeFile] = process.argv
  process.argv.splice(1, 2)
  const { script } = require(main)
  process.on('exit', () => require('fs').writeFileSync(codeFile, script.createCachedData()))`
const MS_MAX = 60_000

/**
 * Keeps the code of the bundled program as V8 compiled it to fetch a file. What that never called
 * is compiled when it first is called.
 * @param main the file that the program is started by, which exports the `script` it runs
 * @param bundle the file which that script is made of
 */
export async function cacheCode(main: string, bundle: string): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), 'ferrygram-code-'))
  const homes = { HOME: home, USERPROFILE: home, APPDATA: home, XDG_CONFIG_HOME: home }
  const env = { ...process.env, ...homes, FERRYGRAM_KEY: '' }
  const surroundings = { cwd: home, env, timeout: MS_MAX }
  const codeFile = codeFileOf(bundle)
  writeFileSync(join(home, 'cargo.txt'), 'cargo')
  const server = spawn(process.execPath, [main, 'server', '0', '--host', '127.0.0.1'], surroundings)
  try {
    const get = ['get', '127.0.0.1', await portSaid(server.stderr), 'cargo.txt', '--quiet']
    // The program is a script where it has a code file; V8 turns down what is not its own.
    writeFileSync(codeFile, '')
    const keep = ['-e', KEEPER, main, codeFile, main, ...get]
    await promisify(execFile)(process.execPath, keep, surroundings)
  } catch (error) {
    rmSync(codeFile, { force: true })
    process.stderr.write(`The program will start more slowly, its code is not kept: ${error}\n`)
  } finally {
    server.kill()
    if (server.exitCode === null) await once(server, 'close')
    rmSync(home, { recursive: true })
  }
}

async function portSaid(words: Readable): Promise<string> {
  let said = ''
  // Its stream stays open, for words that nobody needs any more.
  for await (const [text] of on(words, 'data', { close: ['end'] })) {
    said += text
    const port = /Listening at \S+:(\d+)/.exec(said)?.[1]
    if (port !== undefined) return port
  }
  throw new Error(`the server did not start: ${said}`)
}
