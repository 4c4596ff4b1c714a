/** Rewrites a warehouse in a process of its own and kills it at a phase. Arguments: the file, the phase. */
import { openDuckDb } from '../../../hub-server/warehouse/duckdb.ts'
import { compactWarehouse } from '../../../hub-server/warehouse/erasure/compact-warehouse.ts'

const [path = '', killAt = ''] = process.argv.slice(2)
const duckdb = await openDuckDb({ path, memoryLimitMb: 300, threads: 1 })
await compactWarehouse(duckdb, {
  path,
  reach: (phase) => {
    if (phase === killAt) process.kill(process.pid, 'SIGKILL')
  },
})
duckdb.close()
process.stdout.write('done\n')
