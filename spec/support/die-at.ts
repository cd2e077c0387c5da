import type { PlainRule } from 'ferrygram/simulation'

/** The sessions that are there at `atMs` are not heard any more, as if their clients were killed. */
export function dieAt(atMs: number): PlainRule {
  const dead = new Set<string>()
  return (packet) => {
    const id = packet.bytes.toString('hex', 3, 11)
    if (packet.atMs < atMs) dead.add(id)
    return packet.atMs >= atMs && dead.has(id) ? null : packet
  }
}
