import { processIo } from './io.ts'
import { KeptPaths } from './kept-paths.ts'
import { run } from './run.ts'

// Whoever read our output may stop reading: `ferrygram list … | head` is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit()
})

// No `await` up here: CommonJS, which the bundle is, starts without the loader of modules.
const io = processIo()
run(process.argv.slice(2), io, async (options) => {
  const { createNode } = await import('../adapters/runtime/create-node.ts')
  return createNode({ ...options, paths: new KeptPaths(io.configFolder) })
}).then((code) => {
  process.exitCode = code
  // All is closed by now. Where all is said too, there is no need to take the process apart first.
  if (process.stdout.writableLength + process.stderr.writableLength === 0) process.exit()
})
