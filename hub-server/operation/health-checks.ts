import { existsSync, readFileSync } from 'node:fs'
import { AffluentError, toAffluentError } from '../../core/errors/affluent-error.ts'
import type { ErrorCode } from '../../core/errors/error-codes.ts'
import type { Clock } from '../../core/port/clock.ts'
import type { ControlStore } from '../../core/port/control-store.ts'
import type { EventSpool } from '../../core/port/event-spool.ts'
import type { DuckDb } from '../warehouse/duckdb.ts'
import type { SpaceGuard } from './space-guard.ts'

/** What the hub does for others; each can be refused while the other goes on. */
export const hubParts = ['ingest', 'sync'] as const
export type HubPart = (typeof hubParts)[number]

/** One thing that a part of the hub needs. `check` rejects when it is not there. */
export interface HealthCheck {
  readonly name: string
  /** The parts that cannot work without it. */
  readonly serves: readonly HubPart[]
  readonly check: () => Promise<void>
}

/** What a check found. */
export interface CheckResult {
  readonly name: string
  readonly serves: readonly HubPart[]
  readonly code: ErrorCode | null
}

export interface Health {
  readonly ready: Readonly<Record<HubPart, boolean>>
  readonly checks: readonly CheckResult[]
}

/** Asks all checks beside each other. Answers, whatever they throw. */
export async function readHealth(checks: readonly HealthCheck[]): Promise<Health> {
  const results = await Promise.all(
    checks.map(async ({ name, serves, check }): Promise<CheckResult> => {
      try {
        await check()
        return { name, serves, code: null }
      } catch (thrown) {
        return { name, serves, code: toAffluentError(thrown, 'checking readiness').code }
      }
    }),
  )
  const works = (part: HubPart): boolean =>
    results.every(({ serves, code }) => code === null || !serves.includes(part))
  return { ready: { ingest: works('ingest'), sync: works('sync') }, checks: results }
}

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
export function createHealthChecks(ports: HealthCheckPorts): readonly HealthCheck[] {
  const { control, duckdb, events, space, clock, ownKeyFile } = ports
  const requireRoom = (may: () => boolean): Promise<void> =>
    may()
      ? Promise.resolve()
      : Promise.reject(new AffluentError('store.space_low', { act: 'checking readiness' }))
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

/** A key file that somebody moved away is told now, not at the next start, when nothing can be opened any more. */
function requireKey(file: string | undefined): void {
  if (file === undefined) return
  if (!existsSync(file) || readFileSync(file).byteLength === 0)
    throw new AffluentError('store.damaged', { act: 'checking readiness', file, reason: 'the key is gone' })
}
