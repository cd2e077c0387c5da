import { createActor } from 'xstate'
import type { Outcome } from '../../machines/failures.ts'
import type { Moved } from '../../machines/outcomes.ts'
import type { Ferrygram, Peer, Running, SessionOptions, Stored } from './api.ts'
import { exit, get, list, put } from './client-machines.ts'
import { converse, type Plan } from './converse.ts'
import { RunningSession } from './running-session.ts'
import type { World } from './world.ts'

/** The client's half of the API, in a world. */
export function createClient(world: World): Omit<Ferrygram, 'serve'> {
  const run = <Ok>(peer: Peer, options: SessionOptions, plan: () => Promise<Plan>) =>
    new RunningSession<Ok>(async (onActor) => converse(world, peer, options, await plan(), onActor))
  const { inspect } = world
  return {
    inspect,
    put: (peer, path, options) => {
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
          actor: (input) =>
            createActor(put, {
              inspect,
              input: { ...input, path: name, as, replace, skip, checksum },
            }),
        }
      })
      return storedAt(as, running)
    },
    get: (peer, path, options) => {
      const { name } = world.locate(path)
      const { into, replace = false, skip = false, checksum = false } = options
      const as = options.as ?? (into === undefined ? `received_${name}` : name)
      const local = world.join(into ?? '', as)
      const running = run<Moved>(peer, options, async () => {
        const { folder, name } = world.locate(local)
        return {
          folder: await world.openFolder(folder, {}),
          actor: (input) =>
            createActor(get, {
              inspect,
              input: { ...input, path, as: name, replace, skip, checksum },
            }),
        }
      })
      return storedAt(local, running)
    },
    list: (peer, options) =>
      run(peer, options, async () => ({
        folder: null,
        actor: (input) => createActor(list, { inspect, input }),
      })),
    exit: (peer, options) => {
      const { outcome, closed, waiting$ } = run<{ readonly waitedFor: number }>(
        peer,
        options,
        async () => ({ folder: null, actor: (input) => createActor(exit, { inspect, input }) }),
      )
      return { outcome, closed, progress$: waiting$ }
    },
  }
}

/** A move that tells where the file now is. */
function storedAt(path: string, running: Running<Moved>): Running<Stored> {
  const outcome = running.outcome.then(
    (moved): Outcome<Stored> => ('ok' in moved ? { ok: { path, ...moved.ok } } : moved),
  )
  return { outcome, closed: running.closed, progress$: running.progress$ }
}
