#!/usr/bin/env node
import { existsSync, readFileSync } from 'node:fs'
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
  // Since Node.js 22.1. Loaded here alone, since it takes a while.
  require('node:module').enableCompileCache?.()
  require(bundle)
}

function start(cachedData: Buffer): Script {
  // The bundle is ASCII, and this is the fastest way to read that.
  const source = readFileSync(bundle, 'latin1')
  const started = new Script(`(function(require){${source}\n})`, { filename: bundle, cachedData })
  started.runInThisContext()(require)
  return started
}
