#!/usr/bin/env node
import { existsSync, readFileSync } from 'node:fs'
import * as nodeModule from 'node:module'
import { join } from 'node:path'
import { Script } from 'node:vm'
import { codeFileOf } from './code-file.ts'

/**
 * Where the bundled program starts: with the code that was compiled when it was bundled, which
 * saves a third of what a small get takes. Where V8 is another one, Node.js may keep a cache.
 */

/** The bundle's file name; it has a hash in it, since V8 tells sources apart by length alone. */
declare const PROGRAM: string

const bundle = join(__dirname, PROGRAM)
const codeFile = codeFileOf(bundle)

/** What runs, when it was started from its code. */
export const script = existsSync(codeFile) ? start(readFileSync(codeFile)) : null

if (script === null) {
  const { enableCompileCache } = nodeModule as { enableCompileCache?(): unknown }
  enableCompileCache?.()
  require(bundle)
}

function start(cachedData: Buffer): Script {
  // The bundle is ASCII, and this is the fastest way to read that.
  const source = readFileSync(bundle, 'latin1')
  const started = new Script(`(function(require){${source}\n})`, { filename: bundle, cachedData })
  started.runInThisContext()(require)
  return started
}
