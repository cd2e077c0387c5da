import cliProgress from 'cli-progress'
import type { Figures } from './figures.ts'
import type { Output } from './output.ts'
import { progressText, shareDone } from './progress-text.ts'

const BAR_CHARACTERS = 12
const BAR_FRAMES_PER_S = 5

/** A live bar on standard error until the returned function is called. */
export function showBar(figures: Figures, output: Output): () => void {
  const bar = new cliProgress.SingleBar({
    stream: output.stderr,
    barsize: BAR_CHARACTERS,
    fps: BAR_FRAMES_PER_S,
    forceRedraw: true,
    clearOnComplete: true,
    // Trims to the terminal's width; the other way leaves wrapping off when the process is killed.
    linewrap: true,
    format: (options, { maxWidth }) => {
      const share = figures.latest === null ? 0 : shareDone(figures.latest)
      const bar = `[${cliProgress.Format.BarFormat(share, options)}] `
      return bar + progressText(figures, maxWidth - bar.length - 1)
    },
  })
  bar.start(1, 0)
  return () => bar.stop()
}
