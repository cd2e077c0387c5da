import { constants } from 'node:fs'
import fs from 'node:fs/promises'
import { codeOf } from './errors.ts'

/** No symlink, and no waiting for a FIFO's other end; Windows knows neither flag. */
export const READ = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)

/** All of a file; null when it is no file, over `bytesMax` long, or not to be read. */
export async function readSmallFile(place: string, bytesMax: number): Promise<Buffer | null> {
  try {
    const handle = await fs.open(place, READ)
    try {
      const stats = await handle.stat()
      if (!stats.isFile() || stats.size > bytesMax) return null
      const bytes = Buffer.alloc(stats.size)
      const { bytesRead } = await handle.read(bytes, 0, stats.size, 0)
      return bytesRead === stats.size ? bytes : null
    } finally {
      await handle.close()
    }
  } catch {
    return null
  }
}

/** Removes a name; whether there was one. */
export async function removeName(place: string): Promise<boolean> {
  try {
    await fs.unlink(place)
    return true
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
    return false
  }
}
