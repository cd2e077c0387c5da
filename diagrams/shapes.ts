import type { Curve, Point, Rectangle } from './layout.ts'

/** A line, and its arrowhead if it has one. */
export function drawCurve({ points, arrowhead }: Curve): string[] {
  const [start, ...rest] = points
  const path = `<path class="line" d="M${at(start!)}C${rest.map(at).join(' ')}"/>`
  if (arrowhead === null) return [path]
  const { from, to } = arrowhead
  const length = Math.hypot(to.x - from.x, to.y - from.y)
  const across = { x: ((to.y - from.y) / length) * 4, y: ((from.x - to.x) / length) * 4 }
  const corners = [
    { x: from.x + across.x, y: from.y + across.y },
    to,
    { x: from.x - across.x, y: from.y - across.y },
  ]
  return [path, `<polygon class="arrowhead" points="${corners.map(at).join(' ')}"/>`]
}

/** The tinted band behind a heading, inside its box: rounded above, and below if it fills it. */
export function bandPath(box: Rectangle, height: number, fills: boolean): string {
  const [left, right] = [round(box.x + 1), round(box.x + box.width - 1)]
  const [high, low] = [round(box.y + 1), round(box.y + height - (fills ? 1 : 0))]
  const below = fills ? `V${low - 8}q0,8 -8,8H${left + 8}q-8,0 -8,-8` : `V${low}H${left}`
  return `M${left},${high + 8}q0,-8 8,-8H${right - 8}q8,0 8,8${below}Z`
}

/** `radius` rounds its corners. */
export function rectangle(
  name: string,
  { x, y, width, height }: Rectangle,
  radius: number,
): string {
  const place = `x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}"`
  return `<rect class="${name}" ${place} rx="${radius}"/>`
}

/** The same by so much smaller on every side. */
export function shrunk({ x, y, width, height }: Rectangle, by: number): Rectangle {
  return { x: x + by, y: y + by, width: width - 2 * by, height: height - 2 * by }
}

/** One line of text of the class `name`; `y` is its base line. */
export function text(name: string, x: number, y: number, content: string): string {
  return `<text class="${name}" x="${round(x)}" y="${round(y)}">${escaped(content)}</text>`
}

function at({ x, y }: Point): string {
  return `${round(x)},${round(y)}`
}

/** Tenths of a pixel are seen, hundredths are not. */
export function round(length: number): number {
  return Math.round(length * 10) / 10
}

/** For text and attribute values alike. */
export function escaped(content: string): string {
  return content
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
