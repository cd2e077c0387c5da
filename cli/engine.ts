/**
 * Sets V8 for a process that moves much.
 *
 * The young generation stays as small as it begins. Grown, it holds on to some thirty MiB more at
 * one time than at another; what a transfer drops is views of slabs, which are collected as fast
 * in a small one.
 *
 * A function has to run nine times as long before it is optimised. Where a transfer keeps all cores
 * busy, optimising took a quarter of a second from it, half of that for functions that run a few
 * hundred times in all; what runs for each datagram is optimised soon enough.
 *
 * Loaded late: the code that the bundle starts from is kept for V8's own settings, and what moves
 * little has no use for this.
 */
export async function tuneEngine(): Promise<void> {
  const { setFlagsFromString } = await import('node:v8')
  setFlagsFromString('--semi-space-growth-factor=1')
  setFlagsFromString('--interrupt-budget=600000')
}
