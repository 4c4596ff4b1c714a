import { z } from 'zod'
import type { SourceRecord } from '../../../core/connector/source.ts'
import {
  identityManifest,
  mappingManifestSchema,
  type IdentityManifest,
  type MappingManifest,
} from '../../../core/manifest/manifest.ts'
import type { ProfileStore } from '../../../core/port/profile-store.ts'
import { profileSchemaShape, type ProfileSchema } from '../../../core/profile/profile-schema.ts'
import { openDuckDb, type DuckDb } from '../../../hub-server/warehouse/duckdb.ts'
import { createProfileStore } from '../../../hub-server/warehouse/profile-store.ts'
import { createFixedClock, type FixedClock } from '../../support/fixed-clock.ts'

const profileSchema = z.strictObject(profileSchemaShape)

/** A shop's profile schema; `overrides` replace whole keys. */
export function aSchema(overrides: Partial<z.input<typeof profileSchema>>): ProfileSchema {
  return profileSchema.parse({
    traits: {
      first_name: { type: 'text' },
      country: { type: 'text' },
      points: { type: 'number' },
      vip: { type: 'boolean' },
      born: { type: 'date' },
      seen_at: { type: 'datetime' },
      tags: { type: 'list' },
    },
    identifiers: { email: { form: 'email' }, phone: { form: 'phone' }, customer_id: { form: 'exact' } },
    events: { purchase: { properties: { amount: 'number', place: 'text' } }, visit: {} },
    consents: { marketing: { channels: ['email', 'ads'] } },
    source_priority: ['crm', 'shop'],
    default_country: 'FR',
    ...overrides,
  })
}

const same = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, { from: name }]))

/** Maps fields named like what they become. */
export function aMapping(overrides: Partial<z.input<typeof mappingManifestSchema>> = {}): MappingManifest {
  return mappingManifestSchema.parse({
    kind: 'mapping',
    version: 1,
    name: 'contacts',
    connection: 'shop',
    stream: 'contacts',
    identifiers: same(['email', 'phone', 'customer_id']),
    traits: same(['first_name', 'country', 'points', 'vip', 'born', 'seen_at', 'tags']),
    consents: [
      { purpose: 'marketing', channel: 'email', from: 'newsletter', granted: ['yes'], denied: ['no'] },
    ],
    ...overrides,
  })
}

export const ordersMapping: MappingManifest = aMapping({
  name: 'orders',
  stream: 'orders',
  identifiers: {},
  traits: {},
  consents: [],
  events: [
    {
      event: 'purchase',
      person: { email: { from: 'email' }, customer_id: { from: 'customer_id' } },
      time: { from: 'at' },
      properties: { amount: { from: 'amount' }, place: { from: 'place' } },
    },
  ],
})

export function aRecord(
  externalId: string,
  fields: SourceRecord['fields'],
  rest: Partial<SourceRecord> = {},
): SourceRecord {
  return { externalId, versionAt: Date.UTC(2026, 0, 1), deleted: false, fields, ...rest }
}

export interface TestStore {
  readonly store: ProfileStore
  readonly duckdb: DuckDb
  readonly clock: FixedClock
  readonly write: (
    records: readonly SourceRecord[],
    options?: WriteOptions,
  ) => ReturnType<ProfileStore['writePage']>
  readonly refresh: (mappings?: readonly MappingManifest[]) => ReturnType<ProfileStore['refresh']>
  /** Who is with whom: for each living source record the profile it belongs to, by "connection/external id". */
  readonly partition: () => Promise<Record<string, string>>
}

interface WriteOptions {
  readonly connection?: string
  readonly stream?: string
  readonly runId?: string
}

/** An identity manifest. */
export const anIdentity = (rules: Partial<z.input<typeof identityManifest>>): IdentityManifest =>
  identityManifest.parse({ kind: 'identity', version: 1, name: 'people', ...rules })

export async function aProfileStore(
  schema: ProfileSchema = aSchema({}),
  path = ':memory:',
  identity?: IdentityManifest,
): Promise<TestStore> {
  const duckdb = await openDuckDb({ path, threads: 2 })
  return useProfileStore(duckdb, schema, identity)
}

/** The profile store of a warehouse that is open, under another identity manifest perhaps. */
export async function useProfileStore(
  duckdb: DuckDb,
  schema: ProfileSchema,
  identity: IdentityManifest | undefined,
): Promise<TestStore> {
  const clock = createFixedClock('2026-02-01T00:00:00Z')
  const store = createProfileStore({ duckdb, clock, workers: 1, identity })
  await store.prepare(schema)
  return {
    store,
    duckdb,
    clock,
    write: (records, { connection = 'shop', stream = 'contacts', runId = 'run_1' } = {}) =>
      store.writePage({
        stream: { connection, stream },
        runId,
        receivedAt: clock.now(),
        records,
        quarantined: [],
      }),
    refresh: (mappings = [aMapping()]) => store.refresh(mappings, {}),
    partition: async () => {
      const rows = await duckdb.all<{ id: string; profile: string }>(
        `SELECT s.connection || '/' || s.external_id AS id, 'p_' || t.profile_id AS profile
         FROM record_trait t JOIN source_record s USING (record_id) WHERE NOT t.deleted ORDER BY id`,
      )
      return Object.fromEntries(rows.map(({ id, profile }) => [id, profile]))
    },
  }
}
