/** The one style sheet of every picture; all of it lies below `.statechart`. */
export const STYLE = `
.statechart { font: 12px ui-monospace, Menlo, Consolas, monospace; fill: #334155 }
.statechart text { white-space: pre }
.statechart .paper { fill: #ffffff }
.statechart .title { font: 600 20px system-ui, 'Segoe UI', sans-serif; fill: #0f172a }
.statechart .summary, .statechart .meaning
  { font: 13px system-ui, 'Segoe UI', sans-serif; fill: #475569 }
.statechart .heading { font: 600 14px system-ui, 'Segoe UI', sans-serif; fill: #0f172a }
.statechart .outline { fill: #ffffff; stroke: #475569; stroke-width: 1.2 }
.statechart .band { fill: #eef2f7 }
.statechart .rule { stroke: #cbd5e1 }
.statechart .compound > .outline { fill: #f8fafc; stroke: #64748b }
.statechart .parallel > .outline { fill: #f8fafc; stroke: #64748b; stroke-dasharray: 6 4 }
.statechart .any > .outline { stroke: #94a3b8; stroke-dasharray: 4 3 }
.statechart .any > .band { fill: #f8fafc }
.statechart .ring { fill: none; stroke: #475569; stroke-width: 1.2 }
.statechart .dot { fill: #0f172a }
.statechart .chip { fill: #e0e7ff }
.statechart .tag { font-size: 10.5px; fill: #3730a3 }
.statechart .line { fill: none; stroke-width: 1.4 }
.statechart .keyword, .statechart .order { fill: #76839a }
.statechart .order { font-size: 10px }
.statechart .guard { fill: #64748b }
.statechart .action { fill: #334155 }
.statechart .event { font-weight: 600 }
.statechart .start .line { stroke: #0f172a }
.statechart .start .arrowhead { fill: #0f172a }
${Object.entries({
  peer: ['#1d4ed8', '#eff6ff'],
  time: ['#b45309', '#fff7e6'],
  disk: ['#7e22ce', '#faf5ff'],
  command: ['#047857', '#ecfdf5'],
  program: ['#475569', '#f1f5f9'],
})
  .map(
    ([origin, [strong, pale]]) =>
      `.statechart .transition.${origin} .event, .statechart .${origin} > .swatch { fill: ${strong} }
.statechart .${origin} > .plate { fill: ${pale} }
.statechart .${origin} > .line { stroke: ${strong} }
.statechart .${origin} > .arrowhead { fill: ${strong} }`,
  )
  .join('\n')}
`.trim()
