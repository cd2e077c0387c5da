/**
 * Keeps V8's young generation as small as it begins. Grown, it holds on to some thirty MiB more at
 * one time than at another; what a transfer drops is views of slabs, which are collected as fast
 * in a small one. Loaded late: the code that the bundle starts from is kept for V8's own settings,
 * and what moves little has no use for this.
 */
export async function keepYoungGenerationSmall(): Promise<void> {
  const { setFlagsFromString } = await import('node:v8')
  setFlagsFromString('--semi-space-growth-factor=1')
}
