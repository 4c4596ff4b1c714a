/** A process that opens the control store at argv[2], prints "open", and closes it. */
import { systemClock } from '../../../hub-server/net/system-clock.ts'
import { openControlStore } from '../../../hub-server/store/open-control-store.ts'

const store = await openControlStore(process.argv[2] ?? '', systemClock)
process.stdout.write('open\n')
await store.close()
