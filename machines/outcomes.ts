import type { Outcome } from './failures.ts'
import type { FlatRanges } from './messages.ts'

/** What a put or get came to. */
export interface Moved {
  readonly sizeBytes: number
  /** Nothing was moved: the same file was there. */
  readonly alreadyThere: boolean
}

/** What opening a target found: it is open, the very file is there, or maybe so: compare them. */
export type TargetOpened =
  | { readonly kind: 'opened'; readonly stored: FlatRanges }
  | { readonly kind: 'identical' }
  | { readonly kind: 'compare' }

/** The outcome is known; the session may still repeat its last word for a while. */
export interface SettledEmitted<Ok> {
  readonly type: 'settled'
  readonly outcome: Outcome<Ok>
}
