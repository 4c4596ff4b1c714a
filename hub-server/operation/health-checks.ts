import { existsSync, readFileSync } from 'node:fs'
import { AffluentError } from '../../core/errors/affluent-error.ts'
import type { Clock } from '../../core/port/clock.ts'
import type { ControlStore } from '../../core/port/control-store.ts'
import type { EventSpool } from '../../core/port/event-spool.ts'
import type { ReadinessCheck } from '../api/health.ts'
import type { DuckDb } from '../warehouse/duckdb.ts'
import type { SpaceGuard } from './space-guard.ts'

export interface HealthCheckPorts {
  readonly control: Pick<ControlStore, 'writeSetting'>
  readonly duckdb: Pick<DuckDb, 'read'>
  readonly events: Pick<EventSpool, 'probe'>
  readonly space: SpaceGuard
  readonly clock: Clock
  /** The workspace's own key file; undefined where the key comes from elsewhere. */
  readonly ownKeyFile: string | undefined
}

/**
 * What a hub that serves needs. Events need the spool and room; syncs need everything, since what they sent must be written down. Events wait in
 * the spool for a warehouse that does not answer.
 */
export function createHealthChecks(ports: HealthCheckPorts): readonly ReadinessCheck[] {
  const { control, duckdb, events, space, clock, ownKeyFile } = ports
  return [
    {
      name: 'control_store',
      serves: ['ingest', 'sync'],
      check: () => control.writeSetting('ready_at', String(clock.now())),
    },
    { name: 'event_spool', serves: ['ingest'], check: () => Promise.try(() => events.probe()) },
    {
      name: 'warehouse',
      serves: ['sync'],
      check: async () => void (await duckdb.read('SELECT count(*) FROM profile')),
    },
    { name: 'key', serves: ['sync'], check: () => Promise.try(() => requireKey(ownKeyFile)) },
    { name: 'room_for_events', serves: ['ingest'], check: () => requireRoom(space.mayIngest) },
    { name: 'room_for_syncs', serves: ['sync'], check: () => requireRoom(space.maySync) },
  ]
}

const requireRoom = (may: () => boolean): Promise<void> =>
  may()
    ? Promise.resolve()
    : Promise.reject(new AffluentError('store.space_low', { act: 'checking readiness' }))

/** A key file that somebody moved away is told now, not at the next start, when nothing can be opened any more. */
function requireKey(file: string | undefined): void {
  if (file === undefined) return
  if (!existsSync(file) || readFileSync(file).byteLength === 0)
    throw new AffluentError('store.damaged', { act: 'checking readiness', file, reason: 'the key is gone' })
}
