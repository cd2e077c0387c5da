import type { Packet, StatefulRule } from 'ferrygram/simulation'

/** Bytes of one segment of the rival on the wire. */
const SEGMENT_BYTES = 1_500
/** What IPv4 and UDP add to every datagram. */
const IP_UDP_HEADER_BYTES = 28
const INITIAL_SEGMENTS = 10
/** Answers that were taken are let go once there are this many. */
const ANSWERED_MAX = 65_536
/** RFC 9438: what is left of the window after a loss, and how fast it grows back. */
const BETA = 0.7
const C = 0.4

/** What a bottleneck carried for whom. */
export interface Carried {
  ours: number
  rivals: number
}

/**
 * A bottleneck shared with one TCP flow that always has something to send and holds to CUBIC
 * (RFC 9438, no HyStart): one drop-tail queue for both. The rival begins at `fromMs`.
 */
export function besideCubic(
  link: {
    readonly bytesPerS: number
    readonly queueBytes: number
    readonly rttMs: number
    readonly fromMs?: number
  },
  onCarried: (atMs: number, who: keyof Carried, bytes: number) => void,
): StatefulRule {
  return {
    name: 'besideCubic',
    start: () => {
      const queue = new Queue(link.bytesPerS / 1000, link.queueBytes)
      const rival = new Rival(queue, link.rttMs, link.fromMs ?? 0, onCarried)
      return (packet: Packet) => {
        rival.advance(packet.atMs)
        const bytes = packet.bytes.length + IP_UDP_HEADER_BYTES
        const leavesAtMs = queue.admit(packet.atMs, bytes)
        if (leavesAtMs === null) return null
        onCarried(leavesAtMs, 'ours', bytes)
        return { ...packet, atMs: leavesAtMs }
      }
    },
  }
}

class Queue {
  readonly #bytesPerMs: number
  readonly #queueBytes: number
  #idleAtMs = 0

  constructor(bytesPerMs: number, queueBytes: number) {
    this.#bytesPerMs = bytesPerMs
    this.#queueBytes = queueBytes
  }

  /** When these bytes have left; null when they find the queue full. */
  admit(atMs: number, bytes: number): number | null {
    const aheadBytes = (this.#idleAtMs - atMs) * this.#bytesPerMs
    if (aheadBytes > this.#queueBytes) return null
    this.#idleAtMs = Math.max(this.#idleAtMs, atMs) + bytes / this.#bytesPerMs
    return this.#idleAtMs
  }
}

/** Answers to what was sent, in the order they come back: a segment that was dropped is missed. */
interface Answer {
  readonly atMs: number
  readonly sentAtMs: number
  readonly lost: boolean
}

class Rival {
  readonly #queue: Queue
  readonly #rttMs: number
  readonly #onCarried: (atMs: number, who: keyof Carried, bytes: number) => void
  readonly #answers: Answer[] = []
  #head = 0
  #window = INITIAL_SEGMENTS
  #threshold = Number.POSITIVE_INFINITY
  #windowMax = 0
  #epochMs = 0
  #lostAtMs = Number.NEGATIVE_INFINITY
  #newestAnswerMs: number
  #started = false

  constructor(
    queue: Queue,
    rttMs: number,
    fromMs: number,
    onCarried: (atMs: number, who: keyof Carried, bytes: number) => void,
  ) {
    this.#queue = queue
    this.#rttMs = rttMs
    this.#newestAnswerMs = fromMs
    this.#onCarried = onCarried
  }

  /** Does all that the flow does until `atMs`. */
  advance(atMs: number): void {
    if (!this.#started && atMs >= this.#newestAnswerMs) {
      this.#started = true
      this.#fill(this.#newestAnswerMs)
    }
    while (this.#head < this.#answers.length && this.#answers[this.#head]!.atMs <= atMs) {
      const answer = this.#answers[this.#head]!
      this.#head += 1
      if (answer.lost) this.#onLost(answer)
      else this.#onAcknowledged(answer.atMs)
      this.#fill(answer.atMs)
    }
    if (this.#head > ANSWERED_MAX) this.#head -= this.#answers.splice(0, this.#head).length
  }

  #fill(atMs: number): void {
    while (this.#answers.length - this.#head < this.#window) {
      const leavesAtMs = this.#queue.admit(atMs, SEGMENT_BYTES)
      if (leavesAtMs !== null) {
        this.#newestAnswerMs = Math.max(this.#newestAnswerMs, leavesAtMs + this.#rttMs)
        this.#onCarried(leavesAtMs, 'rivals', SEGMENT_BYTES)
      }
      this.#newestAnswerMs = Math.max(this.#newestAnswerMs, atMs + this.#rttMs)
      const lost = leavesAtMs === null
      this.#answers.push({ atMs: this.#newestAnswerMs, sentAtMs: atMs, lost })
    }
  }

  /** One cut a round trip, however many segments it lost. */
  #onLost({ atMs, sentAtMs }: Answer): void {
    if (sentAtMs < this.#lostAtMs) return
    this.#lostAtMs = atMs
    this.#windowMax = this.#window
    this.#window = Math.max(2, this.#window * BETA)
    this.#threshold = this.#window
    this.#epochMs = atMs
  }

  #onAcknowledged(atMs: number): void {
    if (this.#window < this.#threshold) {
      this.#window += 1
      return
    }
    const k = Math.cbrt((this.#windowMax * (1 - BETA)) / C)
    const seconds = (atMs - this.#epochMs + this.#rttMs) / 1000
    const target = C * (seconds - k) ** 3 + this.#windowMax
    this.#window += Math.min(Math.max(target - this.#window, 0.01), this.#window / 2) / this.#window
  }
}
