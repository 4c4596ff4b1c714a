import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openDuckDb } from '../../../hub-server/warehouse/duckdb.ts'
import { planStreams } from '../../../hub-server/warehouse/profile/stream-plan.ts'
import {
  aMapping,
  anIdentity,
  aProfileStore,
  aRecord,
  aSchema,
  type TestStore,
} from '../profile-store/a-profile-store.ts'

/**
 * The tables as they were before identifiers were told once, before who-is-who, the ledger of consents, persons' rights, quality and
 * cleared traits had tables and columns of their own.
 */
const olderTables = [
  `CREATE SEQUENCE record_id_sequence START 3`,
  `CREATE SEQUENCE change_id_sequence START 3`,
  `CREATE TABLE source_record (
    record_id BIGINT NOT NULL, connection VARCHAR NOT NULL, stream VARCHAR NOT NULL, external_id VARCHAR NOT NULL,
    version_at TIMESTAMP, deleted BOOLEAN NOT NULL, fields VARCHAR USING COMPRESSION zstd NOT NULL, run_id VARCHAR NOT NULL,
    received_at TIMESTAMP NOT NULL, merged_ids VARCHAR[], key_hash UBIGINT NOT NULL, change_id BIGINT NOT NULL)`,
  `CREATE TABLE normalised_stream (
    connection VARCHAR NOT NULL, stream VARCHAR NOT NULL, mapping_digest VARCHAR NOT NULL, change_id BIGINT NOT NULL)`,
  `CREATE TABLE record_trait (
    record_id BIGINT NOT NULL, profile_id BIGINT NOT NULL, connection VARCHAR NOT NULL, stream VARCHAR NOT NULL,
    version_at TIMESTAMP NOT NULL, deleted BOOLEAN NOT NULL, run_id VARCHAR NOT NULL,
    trait_first_name VARCHAR, identifier_email VARCHAR, consent_marketing__email VARCHAR)`,
  `CREATE TABLE record_identifier (record_id BIGINT NOT NULL, kind VARCHAR NOT NULL, value VARCHAR NOT NULL)`,
  `CREATE TABLE record_consent (
    record_id BIGINT NOT NULL, purpose VARCHAR NOT NULL, channel VARCHAR NOT NULL, status VARCHAR NOT NULL,
    decided_at TIMESTAMP, legal_basis VARCHAR)`,
  `CREATE TABLE profile (
    profile_id BIGINT NOT NULL, created_at TIMESTAMP NOT NULL, updated_at TIMESTAMP NOT NULL,
    trait_first_name VARCHAR, identifier_email VARCHAR, consent_marketing__email VARCHAR)`,
  `CREATE TABLE membership (
    segment VARCHAR NOT NULL, profile_id BIGINT NOT NULL, entered_at TIMESTAMP NOT NULL, exited_at TIMESTAMP)`,
]

const people = [
  { id: 1, email: 'ada@shop.example', name: 'Ada', consent: 'granted' },
  { id: 2, email: 'grace@shop.example', name: 'Grace', consent: 'denied' },
]

const at = `TIMESTAMP '2026-01-01'`

const olderRows = people.flatMap(({ id, email, name, consent }) => {
  const fields = JSON.stringify({ email, first_name: name, newsletter: consent === 'granted' ? 'yes' : 'no' })
  return [
    `INSERT INTO source_record VALUES (${id}, 'shop', 'contacts', '${id}', ${at}, false, '${fields}', 'run_0', ${at}, NULL,
      hash('shop', 'contacts', '${id}'), ${id})`,
    `INSERT INTO record_trait VALUES (${id}, ${id}, 'shop', 'contacts', ${at}, false, 'run_0', '${name}', '${email}', '${consent}')`,
    `INSERT INTO record_identifier VALUES (${id}, 'email', '${email}')`,
    `INSERT INTO record_consent VALUES (${id}, 'marketing', 'email', '${consent}', NULL, NULL)`,
    `INSERT INTO profile VALUES (${id}, ${at}, ${at}, '${name}', '${email}', '${consent}')`,
    `INSERT INTO membership VALUES ('everybody', ${id}, ${at}, NULL)`,
  ]
})

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'affluent-older-'))
  const duckdb = await openDuckDb({ path: join(folder, 'warehouse.duckdb'), threads: 2 })
  for (const statement of [...olderTables, ...olderRows]) await duckdb.run(statement)
  // Everything is normalised already, so that what was stored is used as it is.
  for (const { digest } of planStreams([aMapping()], aSchema({})))
    await duckdb.run(`INSERT INTO normalised_stream VALUES ('shop', 'contacts', $1, 2)`, [digest])
  duckdb.close()
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const open = (): Promise<TestStore> =>
  aProfileStore(
    aSchema({}),
    join(folder, 'warehouse.duckdb'),
    anIdentity({ identifiers: { email: { shared_by: 2 } } }),
  )

it('opens a warehouse of an older layout, answers from it and brings it on without building it anew', async () => {
  const { duckdb, store, refresh, write, partition } = await open()
  const ada = await store.findProfile('ada@shop.example')
  expect(ada).toMatchObject({ profileId: 'p_1', traits: { first_name: { value: 'Ada' } } })
  expect(ada?.identifiers.map(({ kind, value }) => [kind, value])).toEqual([['email', 'ada@shop.example']])
  expect(ada?.consents).toMatchObject([{ purpose: 'marketing', channel: 'email', status: 'granted' }])
  expect(await refresh()).toMatchObject({ normalised: 0, profilesCreated: 0, profilesRemoved: 0 })
  await write([aRecord('3', { email: 'ada@shop.example', first_name: 'Ada A.' })])
  expect(await refresh()).toMatchObject({ normalised: 1, profilesCreated: 0 })
  expect(await partition()).toEqual({ 'shop/1': 'p_1', 'shop/2': 'p_2', 'shop/3': 'p_1' })
  const profiles = await duckdb.all(`SELECT * FROM profile ORDER BY ALL`)
  await duckdb.run(`DELETE FROM normalised_stream`)
  await refresh()
  expect(await duckdb.all(`SELECT * FROM profile ORDER BY ALL`)).toEqual(profiles)
  duckdb.close()
})

it('may be opened again and again', async () => {
  for (let time = 0; time < 3; time += 1) {
    const { duckdb, store } = await open()
    expect((await store.findProfile('p_2'))?.identifiers).toHaveLength(1)
    expect(await duckdb.all(`SELECT * FROM every_identifier WHERE record_id = 2`)).toHaveLength(1)
    duckdb.close()
  }
})
