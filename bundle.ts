import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire, isBuiltin } from 'node:module'
import { dirname, join } from 'node:path'
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild'

/**
 * Makes what ships. The program is bundled whole, since a process that fetches 1 KiB should not
 * spend its time on looking up two hundred modules. The library keeps its packages outside, so
 * that the machines people import are of the xstate and the rxjs that they have themselves.
 */

const require = createRequire(import.meta.url)

const shared: BuildOptions = {
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  splitting: true,
  conditions: ['ferrygram-source', 'module'],
  chunkNames: 'chunks/[name]-[hash]',
  metafile: true,
  logLevel: 'warning',
}

await build({
  ...shared,
  entryPoints: ['adapters/runtime/node.ts', 'adapters/runtime/simulated.ts', 'machines/index.ts'],
  outbase: '.',
  outdir: 'dist',
  packages: 'external',
})

const { metafile } = await build({
  ...shared,
  entryPoints: ['cli/main.ts'],
  outdir: 'dist/cli',
  external: ['koffi'],
  // Its CommonJS build, which is what platform node is given, cannot be shaken.
  alias: { rxjs: join(dirname(require.resolve('rxjs/package.json')), 'dist/esm/index.js') },
  plugins: [builtins(), sodiumAddon()],
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  // For the CommonJS packages among the bundled.
  banner: {
    js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);",
  },
})
writeFileSync('dist/cli/LICENSES.txt', licenses(metafile?.inputs ?? {}))

/**
 * Node's own modules by `require`: an `import` makes a facade of one, for which it reads every
 * property it has, and `crypto.webcrypto` or `process.stdin` take milliseconds to come about.
 */
function builtins(): Plugin {
  const namespace = 'builtin'
  return {
    name: 'builtins by require',
    setup({ onLoad, onResolve }) {
      onResolve({ filter: /^[\w:/]+$/ }, ({ path, kind }) => {
        if (!isBuiltin(path)) return null
        return kind === 'require-call' ? { path, external: true } : { path, namespace }
      })
      onLoad({ filter: /./, namespace }, ({ path }) => ({
        contents: `module.exports = require('${path}')`,
      }))
    },
  }
}

/**
 * libsodium stays the native addon that noise-handshake installed; only the search for it is cut
 * short: its prebuilt file is asked for by name, and its own loader is asked when that fails.
 */
function sodiumAddon(): Plugin {
  const contents = `
    const inside = (parent, name) => createRequire(parent.resolve(name))
    const sodium = inside(inside(inside(require, 'noise-handshake'), 'sodium-universal'), 'sodium-native')
    try {
      module.exports = sodium(\`./prebuilds/\${process.platform}-\${process.arch}/sodium-native.node\`)
    } catch {
      module.exports = sodium('./binding')
    }`
  return {
    name: 'sodium addon',
    setup({ onLoad }) {
      onLoad({ filter: /sodium-native[/\\]binding\.js$/ }, () => ({ contents, loader: 'js' }))
    },
  }
}

/** The licence of every package that is bundled, as its author wrote it. */
function licenses(inputs: Metafile['inputs']): string {
  const folders = Object.keys(inputs).flatMap(
    (path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? [],
  )
  return [...new Set(folders)].sort().map(licenseIn).join('\n')
}

function licenseIn(folder: string): string {
  const { name, version, license } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  ) as { readonly [field in 'name' | 'version' | 'license']: string }
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry))
  const text = file === undefined ? '' : `\n${readFileSync(join(folder, file), 'utf8')}`
  return `${name} ${version} (${license})\n${text}`
}
