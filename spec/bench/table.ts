/** A Markdown table: the first column to the left, all others to the right. */
export function markdownTable(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const rule = headings.map((_, i) => (i === 0 ? '---' : '---:'))
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [headings, rule, ...rows].map(line).join('\n')
}
