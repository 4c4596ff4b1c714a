import type { Connector } from '../../core/connector/connector.ts'
import type { ControlStore } from '../../core/port/control-store.ts'
import type { DeliveryStore } from '../../core/port/delivery-store.ts'
import type { EndedRun } from '../../core/sync/cycle-event.ts'
import { deliver } from '../../core/sync/deliver.ts'
import { healthySources, type SourceHealth } from '../../core/sync/guard.ts'
import type { ReachPhase } from '../../core/sync/phase.ts'
import { startRun } from '../../core/sync/run-book.ts'
import type { Run } from '../../core/sync/run.ts'
import { createPlatformCaller } from '../../hub-server/net/platform-caller.ts'
import { openControlStore } from '../../hub-server/store/open-control-store.ts'
import { createDeliveryStore } from '../../hub-server/warehouse/delivery-store.ts'
import type { DuckDb } from '../../hub-server/warehouse/duckdb.ts'
import { createIdentifierDigest } from '../../hub-server/warehouse/suppression/digest.ts'
import { aDeliverSync, aProfileSchema, aWarehouse } from './a-delivery-workspace.ts'
import { createFixedClock, type FixedClock } from './fixed-clock.ts'
import { createLedgerConnector } from './ledger-connector.ts'
import { startLedgerPlatform, type LedgerPlatform } from './ledger-platform.ts'
import { silentLogger } from './silent-logger.ts'

export interface DeliveryBench {
  readonly clock: FixedClock
  readonly platform: LedgerPlatform
  readonly duckdb: DuckDb
  readonly control: ControlStore
  readonly deliveries: DeliveryStore
  /** Runs one delivery of sync "big-to-crm", or goes on with `run`. */
  deliver(change?: DeliveryChange): Promise<EndedRun>
  close(): Promise<void>
}

interface DeliveryChange {
  readonly connector?: Connector
  readonly sync?: Record<string, unknown>
  readonly run?: Run
  readonly sources?: SourceHealth
  readonly reach?: ReachPhase
  readonly signal?: AbortSignal
  readonly withdrawnOnly?: boolean
  readonly heed?: () => Promise<number>
}

export const audienceName = 'Big spenders'

/** Real stores in memory, a real local platform, the hub's own caller, and a clock that waits take no time on. */
export async function aDeliveryBench(): Promise<DeliveryBench> {
  const clock = createFixedClock('2026-01-03T00:00:00Z', { autoAdvance: true })
  const platform = await startLedgerPlatform(clock)
  const duckdb = await aWarehouse()
  const control = await openControlStore(':memory:', clock)
  const deliveries = createDeliveryStore(duckdb, aProfileSchema, createIdentifierDigest(new Uint8Array(32)))
  const book = { control, clock, actor: 'test' }
  let calls = 0
  let runs = 0
  return {
    clock,
    platform,
    duckdb,
    control,
    deliveries,
    async deliver(change = {}) {
      const sync = aDeliverSync(change.sync)
      const signal = change.signal ?? new AbortController().signal
      const connector = change.connector ?? createLedgerConnector()
      const call = createPlatformCaller({
        connection: 'crm',
        budgets: connector.budgets,
        pacing: false,
        clock,
        random: () => 0.5,
        logger: silentLogger,
        signal,
        onCall: () => (calls += 1),
      })
      const connection = connector.connect(
        { connection: 'crm', call, fetch: globalThis.fetch, clock, logger: silentLogger, workspace: '.' },
        { url: platform.url },
      )
      const destination = connection.destination('list')
      if (!destination) throw new TypeError('the ledger connector has a list')
      runs += 1
      clock.advance(1)
      const asOf = clock.now()
      const id = `run-${String(runs).padStart(3, '0')}`
      const run = change.run ?? (await startRun(book, { id, sync: sync.name, kind: 'deliver', asOf }))
      return deliver({
        ...book,
        deliveries,
        logger: silentLogger,
        reach: change.reach ?? (() => undefined),
        run,
        sync,
        destination,
        sources: change.sources ?? healthySources,
        retryRejected: false,
        withdrawnOnly: change.withdrawnOnly ?? false,
        heed: change.heed ?? (() => Promise.resolve(0)),
        signal,
        countCalls: () => calls,
        onProgress: () => undefined,
      })
    },
    async close() {
      duckdb.close()
      await control.close()
      await platform.close()
    },
  }
}
