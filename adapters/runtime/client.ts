import { createActor } from 'xstate'
import type { Delivered } from '../../machines/client/put-all-setup.ts'
import type { Outcome } from '../../machines/failures.ts'
import type { Moved } from '../../machines/outcomes.ts'
import type { Folder } from '../files/folder.ts'
import type { Ferrygram, Peer, Running, SessionOptions, Stored } from './api.ts'
import { resultsByEntry } from './batch-results.ts'
import { BatchSource } from './batch-source.ts'
import * as machines from './client-machines.ts'
import { converse, type Plan } from './converse.ts'
import { getSeveral, localName } from './get-several.ts'
import { RunningSession } from './running-session.ts'
import { followedByComparisons, foundOf } from './several.ts'
import type { World } from './world.ts'

/** The client's half of the API, in a world. */
export function createClient(world: World): Omit<Ferrygram, 'serve'> {
  const run = <Ok>(peer: Peer, options: SessionOptions, plan: () => Promise<Plan>) =>
    new RunningSession<Ok>(async (onActor) => converse(world, peer, options, await plan(), onActor))
  const { inspect } = world

  const put: Ferrygram['put'] = (peer, path, options) => {
    const {
      as = world.locate(path).name,
      replace = false,
      skip = false,
      checksum = false,
    } = options
    const running = run<Moved>(peer, options, async () => {
      const { folder, name } = await world.follow(path)
      return {
        folder: await world.openFolder(folder, {}),
        sends: true,
        actor: (input) =>
          createActor(machines.put(), {
            inspect,
            input: { ...input, path: name, as, replace, skip, checksum },
          }),
      }
    })
    return storedAt(as, running)
  }

  const putAll: Ferrygram['putAll'] = (peer, paths, options) => {
    const { replace = false, skip = false, checksum = false } = options
    const batch = new BatchSource(candidatesOf(world, paths))
    const session = run<Delivered>(peer, options, async () => ({
      folder: null,
      sends: true,
      batch,
      actor: (input) =>
        createActor(machines.putAll(), { inspect, input: { ...input, replace, checksum } }),
    }))
    const found = ({ results }: Delivered) => {
      const byEntry = resultsByEntry(results)
      return foundOf(batch, (entry) => byEntry.get(entry), skip)
    }
    return followedByComparisons(session, paths, found, (path) => put(peer, path, options))
  }

  const get: Ferrygram['get'] = (peer, path, options) => {
    const { into, replace = false, skip = false, checksum = false } = options
    const local = world.join(into ?? '', options.as ?? localName(world, path, into))
    const running = run<Moved>(peer, options, async () => {
      const { folder, name } = world.locate(local)
      return {
        folder: await world.openFolder(folder, {}),
        actor: (input) =>
          createActor(machines.get(), {
            inspect,
            input: { ...input, path, as: name, replace, skip, checksum },
          }),
      }
    })
    return storedAt(local, running)
  }

  return {
    inspect,
    put,
    putAll,
    get,
    getAll: getSeveral(world, run, get),
    list: (peer, options) =>
      run(peer, options, async () => ({
        folder: null,
        actor: (input) => createActor(machines.list(), { inspect, input }),
      })),
    exit: (peer, options) => {
      const { outcome, closed, waiting$ } = run<{ readonly waitedFor: number }>(
        peer,
        options,
        async () => ({
          folder: null,
          actor: (input) => createActor(machines.exit(), { inspect, input }),
        }),
      )
      return { outcome, closed, progress$: waiting$ }
    },
  }
}

/** The files of a batch, wherever they lie; every folder is opened once. */
function candidatesOf(world: World, paths: readonly string[]) {
  const folders = new Map<string, Promise<Folder>>()
  const openIn = (path: string) => {
    const opened = folders.get(path) ?? world.openFolder(path, {})
    folders.set(path, opened)
    return opened
  }
  return paths.map((path) => {
    let located: ReturnType<World['follow']> | null = null
    const locate = async () => {
      located ??= world.follow(path)
      const { folder, name } = await located
      return { folder: await openIn(folder), name }
    }
    return {
      as: world.locate(path).name,
      find: async () => {
        const { folder, name } = await locate()
        return folder.find(name)
      },
      open: async () => {
        const { folder, name } = await locate()
        return folder.openSource(name)
      },
    }
  })
}

/** A move that tells where the file now is. */
function storedAt(path: string, running: Running<Moved>): Running<Stored> {
  const outcome = running.outcome.then(
    (moved): Outcome<Stored> => ('ok' in moved ? { ok: { path, ...moved.ok } } : moved),
  )
  return { outcome, closed: running.closed, progress$: running.progress$ }
}
