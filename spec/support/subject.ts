import type { AnyEventObject, AnyStateMachine, MachineContext } from 'xstate'
import type { Alphabet } from './alphabet.ts'

/** How an invoked actor may end. */
export type Ending = { readonly output: unknown } | { readonly error: unknown }

/** Ends of one actor by the names that tables call them. */
export type Endings = Readonly<Record<string, Ending>>

/** A machine of the registry, with all that is needed to walk through its states. */
export interface Subject {
  /** As in the registry. */
  readonly id: string
  readonly machine: AnyStateMachine
  /** Ways to start it. */
  readonly inputs: Readonly<Record<string, unknown>>
  readonly events: Alphabet
  /** By the `src` it is invoked with. */
  readonly endings: Readonly<Record<string, Endings>>
  /** What its guards will read of the context: snapshots of one state that agree on it act alike. */
  readonly remembered: (context: MachineContext, state: string) => Memory
  /** Whether the walk goes on from a state: bounds what counts up for ever. */
  readonly within?: (context: MachineContext) => boolean
  /** Stand-ins for what would work on books that change in place. */
  readonly supplied?: Supplied
}

export type Memory = Readonly<Record<string, string | number | boolean | null>>

/** Actions that keep the verdict an event brings, guards that read what it says holds. */
export interface Supplied {
  readonly actions?: Readonly<Record<string, unknown>>
  readonly guards?: Readonly<Record<string, (args: { readonly event: AnyEventObject }) => boolean>>
}
