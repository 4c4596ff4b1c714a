/**
 * One cycle in a process of its own, to be killed. Argument: JSON with `folder`, `url` of a ledger platform, and `killAt`
 * ("PHASE:N") or none. Prints "started", then the ended runs as JSON.
 */
import { systemClock } from '../../../hub-server/net/system-clock.ts'
import { createKillPoint } from '../../../hub-server/worker/kill-point.ts'
import { runCycle } from '../../../hub-server/worker/run-cycle.ts'
import { aCycleBench, aCycleWorkspace } from '../a-cycle.ts'
import { createLedgerConnector } from '../ledger-connector.ts'

interface Order {
  readonly folder: string
  readonly url: string
  readonly killAt?: string
}

const { folder, url, killAt } = JSON.parse(process.argv[2] ?? '{}') as Order
const workspace = aCycleWorkspace(url, [{ name: 'crm', url }])
const bench = await aCycleBench({
  folder,
  workspace,
  clock: systemClock,
  connectors: [createLedgerConnector({ recordsPerBatch: 20, peoplePerPage: 40 })],
  reach: createKillPoint(killAt),
})
process.stdout.write('started\n')
const report = await runCycle(bench, {
  workspace,
  asOf: systemClock.now(),
  actor: 'test',
  signal: new AbortController().signal,
  onEvent: () => undefined,
})
await bench.close()
process.stdout.write(`${JSON.stringify(report)}\n`)
