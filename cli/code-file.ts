/**
 * Where the code that V8 compiled of a bundle is kept. Named by the V8 that can take it, so that
 * any other finds none.
 */
export function codeFileOf(bundle: string): string {
  return `${bundle}.${process.versions.v8}-${process.arch}`
}
