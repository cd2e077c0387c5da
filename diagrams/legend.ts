import type { Chart } from './chart.ts'
import type { Origin } from './origin.ts'
import { text } from './shapes.ts'

/** Widest usual advance of a sans serif character at 13 px. */
export const SANS_COLUMN = 7.2
const LINE = 22
const GAP = 22

const ORIGINS: Readonly<Record<Origin, string>> = {
  peer: 'from the network',
  time: 'time ran out',
  disk: 'from the disk',
  command: 'asked by the user',
  program: 'from the program',
}

interface Entry {
  readonly sign: string
  readonly signWidth: number
  readonly words: string
}

/** What colours and signs mean, for those that occur; `height` as broken into lines of `width`. */
export function legendOf(chart: Chart, width: number): { elements: string[]; height: number } {
  let x = 0
  let y = LINE - 8
  const elements = entries(chart).map(({ sign, signWidth, words }) => {
    const entryWidth = signWidth + 8 + words.length * SANS_COLUMN
    if (x > 0 && x + entryWidth > width) {
      x = 0
      y += LINE
    }
    const place = `transform="translate(${Math.round(x)} ${y})"`
    x += entryWidth + GAP
    return `<g ${place}>${sign}${text('meaning', signWidth + 6, 0, words)}</g>`
  })
  return { elements, height: y }
}

function entries(chart: Chart): Entry[] {
  const { transitions } = chart
  const origins = (Object.keys(ORIGINS) as Origin[])
    .filter((origin) => transitions.some((transition) => transition.origin === origin))
    .map((origin) => ({
      sign: `<g class="${origin}"><circle class="swatch" cx="5" cy="-4.5" r="5"/></g>`,
      signWidth: 10,
      words: ORIGINS[origin],
    }))
  const order = { sign: text('order', 0, 0, '1/2'), signWidth: 20, words: 'tried first of two' }
  const loop = { sign: text('keyword', 0, 0, '↻'), signWidth: 9, words: 'left and entered again' }
  return [
    ...origins,
    ...(transitions.some(({ alternatives }) => alternatives > 1) ? [order] : []),
    ...(transitions.some(({ reenter }) => reenter) ? [loop] : []),
  ]
}
