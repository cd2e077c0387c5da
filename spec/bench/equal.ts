import { open } from 'node:fs/promises'

const READ_BYTES = 2 ** 20

/** Whether two files hold the same, read side by side. */
export async function haveEqualBytes(one: string, other: string): Promise<boolean> {
  await using left = await open(one)
  await using right = await open(other)
  const ours = Buffer.alloc(READ_BYTES)
  const theirs = Buffer.alloc(READ_BYTES)
  for (;;) {
    const { bytesRead } = await left.read(ours, 0, READ_BYTES)
    const { bytesRead: theirBytes } = await right.read(theirs, 0, READ_BYTES)
    if (
      bytesRead !== theirBytes ||
      !ours.subarray(0, bytesRead).equals(theirs.subarray(0, bytesRead))
    )
      return false
    if (bytesRead === 0) return true
  }
}
