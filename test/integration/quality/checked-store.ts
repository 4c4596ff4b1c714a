import type { z } from 'zod'
import { qualityManifest, type QualityManifest } from '../../../core/manifest/manifest.ts'
import type { ProfileStore } from '../../../core/port/profile-store.ts'
import { openDuckDb, type DuckDb } from '../../../hub-server/warehouse/duckdb.ts'
import { createProfileStore } from '../../../hub-server/warehouse/profile-store.ts'
import { createQualityStage } from '../../../hub-server/warehouse/quality/quality-stage.ts'
import { createFixedClock } from '../../support/fixed-clock.ts'
import { aMapping, aRecord, aSchema } from '../profile-store/a-profile-store.ts'

export const schema = aSchema({
  traits: {
    first_name: { type: 'text' },
    country: { type: 'text' },
    zip: { type: 'text' },
    price: { type: 'text' },
    points: { type: 'number' },
    visits: { type: 'number' },
    born: { type: 'date' },
    flags: { type: 'list' },
  },
})
export const traits = Object.fromEntries(
  ['first_name', 'country', 'zip', 'price', 'points', 'visits', 'born'].map((name) => [name, { from: name }]),
)
export const mapping = aMapping({ traits })

type Checks = z.input<typeof qualityManifest>['checks']

export const aQuality = (checks: Checks, rest: { flags_into?: string } = {}): QualityManifest =>
  qualityManifest.parse({
    kind: 'quality',
    version: 1,
    name: 'contacts',
    connection: 'shop',
    stream: 'contacts',
    checks,
    ...rest,
  })

export const clock = createFixedClock('2026-02-01T00:00:00Z')
export let duckdb: DuckDb
/** Another, empty warehouse from now on. */
export async function startAnew(): Promise<void> {
  duckdb = await openDuckDb({ path: ':memory:', threads: 1 })
}

/** The profile store under these checks; another one may follow over the same warehouse. */
export async function underChecks(...manifests: readonly QualityManifest[]): Promise<ProfileStore> {
  const quality = createQualityStage({ duckdb, clock, schema, manifests, mappings: [mapping] })
  const store = createProfileStore({ duckdb, clock, workers: 1, quality })
  await store.prepare(schema)
  return store
}

let runs = 0
function write(store: ProfileStore, records: Parameters<typeof aRecord>[]): Promise<unknown> {
  runs += 1
  return store.writePage({
    stream: { connection: 'shop', stream: 'contacts' },
    runId: `run_${runs}`,
    receivedAt: clock.now(),
    records: records.map((record) => aRecord(...record)),
    quarantined: [],
  })
}

export const refresh = (store: ProfileStore): ReturnType<ProfileStore['refresh']> =>
  store.refresh([mapping], {})

export async function pull(store: ProfileStore, ...records: Parameters<typeof aRecord>[]): Promise<void> {
  await write(store, records)
  await refresh(store)
}

export const people = (columns: string): Promise<unknown[]> =>
  duckdb.all(`SELECT ${columns} FROM profile ORDER BY 1`)
export const findings = (): Promise<unknown[]> =>
  duckdb.all(
    `SELECT s.external_id AS id, target, check_name, action, code, suggestion FROM quality_finding
     JOIN source_record s USING (record_id) ORDER BY ALL`,
  )

/** What `aRecord` is made of. */
export type RecordParts = Parameters<typeof aRecord>
