/** One bar, and the mark it should reach. */
export interface Bar {
  readonly label: string
  readonly value: number
  readonly target?: number
}

const LABEL_WIDTH = 260
const BARS_WIDTH = 400
const VALUE_WIDTH = 80
const ROW_HEIGHT = 24
const BAR_HEIGHT = 16
const TOP = 36

/** Bars from left to right on one scale, from 0, as an SVG text that is the same for the same bars. */
export function barChart(title: string, bars: readonly Bar[]): string {
  const width = LABEL_WIDTH + BARS_WIDTH + VALUE_WIDTH
  const height = TOP + bars.length * ROW_HEIGHT + 8
  const largest = Math.max(...bars.flatMap(({ value, target = 0 }) => [value, target]), 1e-9)
  const x = (value: number) => (LABEL_WIDTH + (value / largest) * BARS_WIDTH).toFixed(1)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="13">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<text x="8" y="22" font-weight="bold">${escaped(title)}</text>`,
    ...bars.map((bar, i) => drawn(bar, TOP + i * ROW_HEIGHT, x)),
    '</svg>\n',
  ].join('\n')
}

function drawn({ label, value, target }: Bar, y: number, x: (value: number) => string): string {
  const fill = label.startsWith('ferrygram') ? '#1f6feb' : '#9aa4b0'
  const barWidth = (Number(x(value)) - LABEL_WIDTH).toFixed(1)
  const baseline = y + BAR_HEIGHT - 3
  const mark =
    target === undefined
      ? ''
      : `<line x1="${x(target)}" x2="${x(target)}" y1="${y - 2}" y2="${y + BAR_HEIGHT + 2}" stroke="#d1242f" stroke-width="2"/>`
  return (
    `<text x="${LABEL_WIDTH - 8}" y="${baseline}" text-anchor="end">${escaped(label)}</text>` +
    `<rect x="${LABEL_WIDTH}" y="${y}" width="${barWidth}" height="${BAR_HEIGHT}" fill="${fill}"/>` +
    `<text x="${LABEL_WIDTH + BARS_WIDTH + 6}" y="${baseline}">${value.toPrecision(3)}</text>${mark}`
  )
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
