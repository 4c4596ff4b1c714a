/** A process that appends audit entries for ever and prints the number of each one after its promise resolved. */
import { systemClock } from '../../../hub-server/net/system-clock.ts'
import { openControlStore } from '../../../hub-server/store/open-control-store.ts'

process.stdout.write('opening\n')
const store = await openControlStore(process.argv[2] ?? '', systemClock)
for (;;) {
  const entry = await store.appendAudit({
    at: systemClock.now(),
    actor: 'hub',
    action: 'run_started',
    object: 'sync/s',
    details: {},
  })
  process.stdout.write(`${entry.number}\n`)
}
