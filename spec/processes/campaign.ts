import { kills, troubles } from './interruptions.ts'

/** The interruptions at full size, one after another, as a Markdown table on standard output. */

const scale = { sizeBytes: 200_000_000, limitBytesPerS: 25_000_000 }

process.stdout.write('| what | sent / file | s |\n| --- | ---: | ---: |\n')
for (const [name, interrupt] of Object.entries({ ...kills, ...troubles })) {
  const { sentBytes, seconds } = await interrupt(scale)
  const ratio = (sentBytes / scale.sizeBytes).toFixed(3)
  process.stdout.write(`| ${name} | ${ratio} | ${seconds.toFixed(1)} |\n`)
}
