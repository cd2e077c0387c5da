import { expect } from 'chai'
import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate'
import { registry } from '../machines/index.ts'
import { importsOf, read, repository, type Source, withoutComments } from './support/sources.ts'

const LINES_MAX = 300
const STATES_MAX = 8
const DEPTH_MAX = 2

const files = repository()
const sources = files.filter(({ path }) => /^(machines|adapters|cli|diagrams)\/.*\.ts$/.test(path))
const machineSources = sources.filter(({ path }) => path.startsWith('machines/'))
const pathsOf = (found: readonly Source[]) => found.map(({ path }) => path)

describe('the source', () => {
  // What each folder may import: of the repository, and of everything else.
  const mayImport: Readonly<Record<string, { own: RegExp; packages: RegExp }>> = {
    machines: { own: /^machines\//, packages: /^xstate$/ },
    adapters: { own: /^(machines|adapters)\//, packages: /^(?!ferrygram)/ },
    diagrams: { own: /^(machines|diagrams)\//, packages: /^(?!ferrygram)/ },
    cli: {
      own: /^(machines|diagrams|cli|adapters\/runtime)\/|^adapters\/files\/names\.ts$/,
      packages: /^(?!ferrygram\/)/,
    },
  }

  for (const [folder, { own, packages }] of Object.entries(mayImport)) {
    it(`of ${folder}/ imports inward only`, () => {
      const outward = sources
        .filter(({ path }) => path.startsWith(`${folder}/`))
        .flatMap((source) =>
          importsOf(source).map((imported) => ({ path: source.path, ...imported })),
        )
        .filter(({ from, local, typesOnly }) =>
          local ? !own.test(from) : !packages.test(from) && !(typesOnly && from === 'rxjs'),
        )
      expect(outward.map(({ path, from }) => `${path}: ${from}`)).to.deep.equal([])
    })
  }

  it('of machines/ touches no clock, no chance, no platform', () => {
    const world =
      /\b(Date|performance|set(Timeout|Interval|Immediate)|queueMicrotask|console|process|Buffer|crypto|fetch)\b|\bMath\.random\b/
    expect(
      pathsOf(machineSources.filter(({ text }) => world.test(withoutComments(text)))),
    ).to.deep.equal([])
  })

  it(`is in files of fewer than ${LINES_MAX} lines`, () => {
    const long = sources.filter(({ text }) => text.trimEnd().split('\n').length >= LINES_MAX)
    expect(pathsOf(long)).to.deep.equal([])
  })

  it('says of every limit when it applies', () => {
    const lines = read('machines/limits.ts').text.split('\n')
    const silent = lines.filter(
      (line, i) => line.startsWith('export const ') && !docAbove(lines, i)?.startsWith('/** When '),
    )
    expect(silent).to.deep.equal([])
  })

  it('cites rules and sections that PROTOCOL.md has', () => {
    const { text } = read('PROTOCOL.md')
    const known = new Set([
      ...[...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => `"${heading}"`),
      ...[...text.matchAll(/^- \*\*(R\d+)\.\*\*/gm)].map(([, rule]) => rule!),
    ])
    expect(known.size).to.be.greaterThan(40)
    const unknown = files
      .filter(({ path }) => path.endsWith('.ts'))
      .flatMap((source) => citedIn(source.text).map((cited) => ({ path: source.path, cited })))
      .filter(({ cited }) => !known.has(cited))
    expect(unknown).to.deep.equal([])
  })

  it('names no registry and nobody’s machine', () => {
    // Brackets keep this file from being one that it looks for.
    const telltale =
      /registry\.(npmjs|yarnpkg)|[n]pmjs\.org|[v]erdaccio|[a]rtifactory|[j]frog|[l]ocalhost:4873|(?<![\w.)}\]])\/(home|root|work|Users)\/\w|[A-Z]:\\Users/i
    expect(pathsOf(files.filter(({ text }) => telltale.test(text)))).to.deep.equal([])
  })
})

describe('the registry', () => {
  it('holds every statechart there is', () => {
    const made = machineSources.filter(({ text }) =>
      /\.?createMachine\(\{/.test(withoutComments(text)),
    )
    expect(pathsOf(made).sort()).to.deep.equal(registry.map(({ id }) => `machines/${id}.ts`).sort())
  })

  for (const { id, machine } of registry) {
    describe(id, () => {
      const nodes = nodesOf(machine.root)
      const waiting = nodes.filter((node) => node.type === 'atomic' && !isPassing(node))

      it('begins by saying what it is, and where PROTOCOL.md is about it', () => {
        const header = /^\/\*\*([\s\S]*?)\*\//.exec(read(`machines/${id}.ts`).text)?.[1] ?? ''
        expect(header).to.match(/[A-Z].*\./)
        // The menu stands outside the protocol.
        if (id !== 'menu') expect(citedIn(header)).not.to.have.length(0)
      })

      it('has names for all it does', () => {
        expect(inlineIn(machine.config, id)).to.deep.equal([])
      })

      it(`is flat: ${STATES_MAX} states at most, and one level inside them`, () => {
        const states = Object.values(machine.states).filter(({ type }) => type !== 'final')
        expect(states.length).to.be.within(1, STATES_MAX)
        expect(Math.max(...nodes.map(({ path }) => path.length))).to.be.at.most(DEPTH_MAX)
        expect(nodes.filter(({ type }) => type === 'parallel' || type === 'history')).to.deep.equal(
          [],
        )
      })

      it('waits by delays it names, with their unit', () => {
        const delays = nodes.flatMap((node) => node.after.map(({ delay }) => String(delay)))
        const known = Object.keys(machine.implementations.delays)
        expect([...new Set(delays)].sort()).to.deep.equal(known.sort())
        for (const name of known) expect(name).to.match(/^[a-z][A-Za-z]*Ms(Max)?$/)
      })

      it('waits for peer and disk no longer than a timeout', () => {
        const endless = waiting
          .filter((node) => waitsForWorld(node) && !isDelegated(node, machine))
          .filter((node) => !isTimed(node))
        expect(endless.map((node) => node.id)).to.deep.equal([])
      })
    })
  }
})

/** The comment above a line; lines one below the other share it. */
function docAbove(lines: readonly string[], line: number): string | undefined {
  let above = line - 1
  while (lines[above]?.startsWith('export const ')) above -= 1
  return lines[above]
}

/** `"Data"`, `R12`: all that a text cites of PROTOCOL.md. */
function citedIn(text: string): string[] {
  const flat = text.replace(/\n\s*(\*|\/\/)? ?/g, ' ')
  return [...flat.matchAll(/PROTOCOL ((?:"[^"]+"|R\d+)(?:, (?:"[^"]+"|R\d+))*)/g)].flatMap(
    ([, list]) => [...list!.matchAll(/"[^"]+"|R\d+/g)].map(([cited]) => cited),
  )
}

function nodesOf(node: AnyStateNode): AnyStateNode[] {
  return [node, ...Object.values(node.states).flatMap(nodesOf)]
}

function chainOf(node: AnyStateNode): AnyStateNode[] {
  return node.parent ? [node, ...chainOf(node.parent)] : [node]
}

/** Left at once, or waiting for a person or for work that is not ours to hurry. */
function isPassing(node: AnyStateNode): boolean {
  const unconditional = (node.always ?? []).some(({ guard }) => guard === undefined)
  return unconditional || chainOf(node).some(({ tags }) => tags.includes('patient'))
}

const FROM_WORLD = /^(burst|unreachable|records\w+|fileFailed|helloArrived)$/

/** Whether a word of the peer or the disk is due: as an event, or as the end of an invoked actor. */
function waitsForWorld(node: AnyStateNode): boolean {
  return chainOf(node).some(
    ({ transitions, invoke }) =>
      invoke.length > 0 || [...transitions.keys()].some((type) => FROM_WORLD.test(type)),
  )
}

/**
 * A delay of its own or around it; or, unless it has work done by an actor, a transport timer that
 * it does not merely pass on.
 */
function isTimed(node: AnyStateNode): boolean {
  const chain = chainOf(node)
  if (chain.some(({ after }) => after.length > 0)) return true
  const timeouts = chain.flatMap(({ transitions }) => transitions.get('timeout') ?? [])
  const takes = ({ actions }: AnyTransitionDefinition) =>
    actions.some((action) => !/^forward/.test(nameOf(action)))
  return node.invoke.length === 0 && timeouts.some(takes)
}

/** Waits for a statechart of the registry, which has timeouts of its own and always ends. */
function isDelegated(node: AnyStateNode, { implementations }: AnyStateMachine): boolean {
  return node.invoke.some(({ src }) =>
    registry.some(({ machine }) => implementations.actors[String(src)] === machine),
  )
}

function nameOf(action: unknown): string {
  if (typeof action === 'string') return action
  return typeof action === 'object' && action !== null && 'type' in action ? `${action.type}` : ''
}

/** Data a machine computes for others may be inline; what it does, waits for or asks may not. */
const COMPUTED = new Set(['input', 'output', 'context', 'params'])

function inlineIn(config: unknown, at: string): string[] {
  if (typeof config === 'function') return [at]
  if (typeof config !== 'object' || config === null) return []
  return Object.entries(config).flatMap(([key, value]) => {
    if (COMPUTED.has(key) && typeof value === 'function') return []
    const numbered = at.endsWith('.after') && Number.isFinite(Number(key)) ? [`${at}.${key}`] : []
    return [...numbered, ...inlineIn(value, `${at}.${key}`)]
  })
}
