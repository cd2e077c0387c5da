/**
 * A placeholder for what an adapter supplies with `provide()`. Reaching one is a mistake in the
 * program's composition, so it throws with the name that is missing.
 */
export function notProvided(name: string): () => never {
  return () => {
    throw new Error(`"${name}" was not provided: machines get their effects from an adapter`)
  }
}
