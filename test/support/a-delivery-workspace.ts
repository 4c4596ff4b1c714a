import type { DestinationDescription } from '../../core/connector/connector.ts'
import { deliverSyncManifest, type DeliverSyncManifest } from '../../core/manifest/manifest.ts'
import { profileSchemaManifest } from '../../core/manifest/manifest.ts'
import type { ProfileSchema } from '../../core/profile/profile-schema.ts'
import { openDuckDb, type DuckDb } from '../../hub-server/warehouse/duckdb.ts'
import { prepareTables } from '../../hub-server/warehouse/tables.ts'

/** A profile schema with one trait of each kind that matters for delivering. */
export const aProfileSchema: ProfileSchema = profileSchemaManifest.parse({
  kind: 'profile_schema',
  version: 1,
  name: 'people',
  traits: {
    first_name: { type: 'text' },
    spent: { type: 'number' },
    born: { type: 'date' },
    seen: { type: 'datetime' },
    tags: { type: 'list' },
  },
  identifiers: { email: { form: 'email' }, phone: { form: 'phone' }, crm_id: { form: 'exact' } },
  consents: { marketing: { channels: ['ads', 'email'] } },
})

/** A sync of segment "big" to audience "Big spenders", e-mail and first name mapped, consent for ads required. */
export function aDeliverSync(change: Record<string, unknown> = {}): DeliverSyncManifest {
  return deliverSyncManifest.parse({
    kind: 'sync',
    version: 1,
    name: 'big-to-crm',
    segment: 'big',
    destination: { connection: 'crm', kind: 'list', audience: 'Big spenders' },
    fields: { email: { identifier: 'email' }, name: { trait: 'first_name' } },
    consent: [{ purpose: 'marketing', channel: 'ads' }],
    ...change,
  })
}

/** A destination that can do everything, matched by e-mail and keyed by the identifier "crm_id". */
export function aDestination(change: Partial<DestinationDescription> = {}): DestinationDescription {
  return {
    kind: 'list',
    description: 'A list.',
    capabilities: {
      remove: true,
      update: true,
      readMembers: true,
      readSize: true,
      create: true,
      repeatable: true,
    },
    fields: {
      email: { type: 'text', description: 'E-mail.', matches: 'email' },
      name: { type: 'text', description: 'First name.' },
    },
    keyIdentifier: 'crm_id',
    recordsPerBatch: 10,
    ...change,
  }
}

/** An empty warehouse in memory, prepared for `aProfileSchema`. */
export async function aWarehouse(path = ':memory:'): Promise<DuckDb> {
  const duckdb = await openDuckDb({ path, memoryLimitMb: 500, threads: 1 })
  await prepareTables(duckdb, aProfileSchema)
  return duckdb
}

export interface APerson {
  readonly id: number
  readonly email?: string | null
  readonly firstName?: string | null
  readonly consent?: 'granted' | 'denied' | null
  readonly crmId?: string
}

/** Writes people as profiles (replacing those with the same id) and makes them current members of segment "big". */
export async function putMembers(duckdb: DuckDb, people: readonly APerson[]): Promise<void> {
  const rows = people.map((person) => {
    const { id, email = `p${id}@example.com`, firstName = `Name ${id}`, consent = 'granted' } = person
    return { id, email, first_name: firstName, consent, crm_id: person.crmId ?? null }
  })
  await duckdb.run(
    `CREATE OR REPLACE TEMP TABLE person AS SELECT row.* FROM (SELECT unnest(from_json($1,
      '[{"id":"BIGINT","email":"VARCHAR","first_name":"VARCHAR","consent":"VARCHAR","crm_id":"VARCHAR"}]')) AS row)`,
    [JSON.stringify(rows)],
  )
  await duckdb.run(`DELETE FROM profile USING person WHERE profile_id = person.id`)
  await duckdb.run(
    `INSERT INTO profile (profile_id, created_at, updated_at, trait_first_name, identifier_email, identifier_crm_id, consent_marketing__ads)
    SELECT id, '2026-01-01', '2026-01-01', first_name, email, crm_id, consent FROM person`,
  )
  await duckdb.run(
    `INSERT INTO membership BY NAME SELECT 'big' AS segment, id AS profile_id, TIMESTAMP '2026-01-01' AS entered_at FROM person
    WHERE id NOT IN (SELECT profile_id FROM membership WHERE segment = 'big' AND exited_at IS NULL)`,
  )
}

/** Lets people out of segment "big". */
export async function letOut(duckdb: DuckDb, ids: readonly number[]): Promise<void> {
  await duckdb.run(
    `UPDATE membership SET exited_at = '2026-01-02' WHERE segment = 'big' AND exited_at IS NULL
    AND profile_id IN (SELECT unnest(from_json($1, '["BIGINT"]')))`,
    [JSON.stringify(ids)],
  )
}

/** People 1 to `count`. */
export const people = (count: number): APerson[] =>
  Array.from({ length: count }, (_, index) => ({ id: index + 1 }))
