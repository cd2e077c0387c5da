import { createActor } from 'xstate'
import type { Ferrygram, Peer, Running, SessionOptions } from './api.ts'
import { getAll } from './client-machines.ts'
import type { Plan } from './converse.ts'
import { followedByComparisons, foundOf } from './several.ts'
import { WantedFiles } from './wanted-files.ts'
import type { World } from './world.ts'

/** Runs one session as planned. */
type Run = <Ok>(peer: Peer, options: SessionOptions, plan: () => Promise<Plan>) => Running<Ok>

/** `getAll` in a world; `get` gets those that only contents can tell apart from what is here. */
export function getSeveral(world: World, run: Run, get: Ferrygram['get']): Ferrygram['getAll'] {
  return (peer, names, options) => {
    const { into, replace = false, skip = false, checksum = false } = options
    const wanted = new WantedFiles(
      names.map((name) => ({ name, as: localName(world, name, into) })),
      { replace, checksum },
    )
    const session = run<null>(peer, options, async () => ({
      folder: await world.openFolder(into ?? '.', {}),
      wanted,
      actor: (input) =>
        createActor(getAll(), {
          inspect: world.inspect,
          input: { ...input, namesBytes: wanted.names().entry.sizeBytes },
        }),
    }))
    const found = () =>
      foundOf(
        wanted,
        (entry) => wanted.resultOf(entry),
        skip,
        (path) => world.join(into ?? '', path),
      )
    return followedByComparisons(session, names, found, (name) => get(peer, name, options))
  }
}

/** What a file that is got is called here, unless told otherwise. */
export function localName(world: World, path: string, into: string | undefined): string {
  const { name } = world.locate(path)
  return into === undefined ? `received_${name}` : name
}
