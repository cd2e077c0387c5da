/** A process of its own that receives `large` into the folder it is told, until it is killed. */
import { openDiskFolder } from '../../../adapters/files/disk-folder.ts'
import type { Entry } from '../../../machines/messages.ts'

const [root, entry, recordBytes, records] = process.argv.slice(2)
const folder = await openDiskFolder(root!)
const sink = await folder.openSink(JSON.parse(entry!) as Entry, false)
for (let record = 0; record < Number(records); record += 1) {
  await sink.write(record * Number(recordBytes), Buffer.alloc(Number(recordBytes), record))
}
process.stdout.write('written\n')
setInterval(() => {}, 60_000)
