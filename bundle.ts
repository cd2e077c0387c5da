import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join, resolve } from 'node:path'
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild'
import { cacheCode } from './code-cache.ts'

/**
 * Makes what ships. The program is bundled whole, since a process that fetches 1 KiB should not
 * spend its time on looking up two hundred modules. The library keeps its packages outside, so
 * that the machines people import are of the xstate and the rxjs that they have themselves.
 */

const require = createRequire(import.meta.url)

const shared: BuildOptions = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  conditions: ['ferrygram-source', 'module'],
  metafile: true,
  logLevel: 'warning',
}

/** Bundles the library's entry points into a folder. */
async function bundleLibrary(dist: string): Promise<void> {
  await build({
    ...shared,
    format: 'esm',
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    entryPoints: ['adapters/runtime/node.ts', 'adapters/runtime/simulated.ts', 'machines/index.ts'],
    outbase: '.',
    outdir: dist,
    packages: 'external',
  })
}

/**
 * Bundles the program into a folder: `main.cjs`, which starts the bundle proper from its code.
 * CommonJS, since that needs no loader, and starts from code kept beside it.
 */
async function bundleProgram(dist: string): Promise<void> {
  const cli: BuildOptions = {
    ...shared,
    format: 'cjs',
    outdir: join(dist, 'cli'),
    outExtension: { '.js': '.cjs' },
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    supported: { 'dynamic-import': false },
  }
  const { metafile } = await build({
    ...cli,
    entryPoints: { program: 'cli/main.ts' },
    entryNames: '[name]-[hash]',
    alias: {
      // Its CommonJS build, which is what platform node is given, cannot be shaken.
      rxjs: join(dirname(require.resolve('rxjs/package.json')), 'dist/esm/index.js'),
      // libsodium's wrapper asks for one function of it; this one is bundled anyway.
      assert: 'nanoassert',
    },
    plugins: [apart('@viz-js/viz', './viz.cjs'), sodiumAddon(), koffiAddon()],
  })
  const drawing = await build({ ...cli, entryPoints: { viz: '@viz-js/viz' } })
  const [program = ''] = Object.keys(metafile?.outputs ?? {})
  await build({
    ...cli,
    entryPoints: { main: 'cli/launch.ts' },
    define: { PROGRAM: JSON.stringify(basename(program)) },
  })
  const inputs = { ...metafile?.inputs, ...drawing.metafile?.inputs }
  writeFileSync(join(dist, 'cli/LICENSES.txt'), licenses(inputs))
  await cacheCode(resolve(dist, 'cli/main.cjs'), resolve(program))
}

/** Leaves a package in a file of its own: read only by whoever needs it. */
function apart(name: string, path: string): Plugin {
  return {
    name: `${name} apart`,
    setup({ onResolve }) {
      onResolve({ filter: /^@/ }, (asked) =>
        asked.path === name ? { path, external: true } : null,
      )
    },
  }
}

/**
 * libsodium stays the native addon that noise-handshake installed; only the search for it is cut
 * short: its prebuilt file is asked for by name, and its own loader is asked when that fails.
 */
function sodiumAddon(): Plugin {
  const contents = `
    const { dirname, join } = require('node:path')
    const { resolve } = require
    const near = (file, name) => resolve(name, { paths: [dirname(file)] })
    const noise = resolve('noise-handshake')
    const folder = dirname(['sodium-universal', 'sodium-native'].reduce(near, noise))
    const prebuilt = \`\${process.platform}-\${process.arch}/sodium-native.node\`
    try {
      module.exports = require(join(folder, 'prebuilds', prebuilt))
    } catch {
      module.exports = require(join(folder, 'binding'))
    }`
  return {
    name: 'sodium addon',
    setup({ onLoad }) {
      onLoad({ filter: /sodium-native[/\\]binding\.js$/ }, () => ({ contents, loader: 'js' }))
    },
  }
}

/** koffi stays installed as well; what it finds in 10 ms is asked for by name. */
function koffiAddon(): Plugin {
  const contents = `
    const { dirname } = require('node:path')
    const { resolve } = require
    const name = 'koffi'
    const addon = \`@koromix/koffi-\${process.platform}-\${process.arch}\`
    try {
      module.exports = require(resolve(addon, { paths: [dirname(resolve(name))] }))
    } catch {
      module.exports = require(name)
    }`
  return {
    name: 'koffi addon',
    setup({ onLoad, onResolve }) {
      onResolve({ filter: /^koffi$/ }, ({ path }) => ({ path, namespace: 'addon' }))
      onLoad({ filter: /./, namespace: 'addon' }, () => ({ contents }))
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

/** `tsx bundle.ts [FOLDER]`, dist unless it is said. */
const [dist = 'dist'] = process.argv.slice(2)
await bundleLibrary(dist)
await bundleProgram(dist)
