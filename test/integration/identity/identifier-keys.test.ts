import { afterEach, describe, expect, it } from 'vitest'
import { identifierKey } from '../../../hub-server/warehouse/identity/identifier-keys.ts'
import { prepareTables } from '../../../hub-server/warehouse/tables.ts'
import {
  aMapping,
  aProfileStore,
  aRecord,
  aSchema,
  type TestStore,
} from '../profile-store/a-profile-store.ts'

const open: TestStore[] = []
afterEach(() => {
  for (const { duckdb } of open.splice(0)) duckdb.close()
})

const schema = aSchema({
  traits: { first_name: { type: 'text' } },
  identifiers: { email: { form: 'email' }, phone: { form: 'phone' } },
  events: {},
  consents: {},
})
const mapping = aMapping({
  identifiers: { email: { from: 'email' }, phone: { from: 'phone' } },
  traits: { first_name: { from: 'first_name' } },
  consents: [],
})

async function aStoreWithAda(): Promise<TestStore> {
  const store = await aProfileStore(schema)
  open.push(store)
  await store.write([aRecord('1', { email: 'ada@shop.example', phone: '+33612345678' })])
  await store.refresh([mapping])
  return store
}

/** An address has a second key: of what it looks like. */
const keysAndIdentifiers = `
  SELECT (SELECT count(*) FROM identifier_key WHERE record_id > 0)
      - (SELECT count(*) FROM every_identifier WHERE contains(value, '@')) AS keys,
    (SELECT count(*) FROM identifier_key k JOIN every_identifier i USING (record_id) WHERE k.key = ${identifierKey}) AS found,
    (SELECT count(*) FROM every_identifier) AS identifiers`

describe('keys of identifiers', () => {
  it('are those of what each record tells now', async () => {
    const store = await aStoreWithAda()
    await store.write([
      aRecord('1', { email: 'ada@other.example' }),
      aRecord('2', { email: 'bob@shop.example' }),
    ])
    await store.refresh([mapping])
    expect(await store.duckdb.all(keysAndIdentifiers)).toEqual([{ keys: 2n, found: 2n, identifiers: 2n }])
  })

  it('are made anew where another function made them, so that nobody is overlooked', async () => {
    const store = await aStoreWithAda()
    await store.duckdb.run(`UPDATE identifier_key SET key = hash(key)`)
    await prepareTables(store.duckdb, schema)
    expect(await store.duckdb.all(keysAndIdentifiers)).toEqual([{ keys: 2n, found: 2n, identifiers: 2n }])
    await store.write([aRecord('2', { phone: '+33612345678' })])
    expect(await store.refresh([mapping])).toMatchObject({ profilesCreated: 0, profilesUpdated: 0 })
    expect(await store.duckdb.all(`SELECT profile_id FROM profile`)).toEqual([{ profile_id: 1n }])
  })

  it('are made anew together with those of source records, so that none is stored twice', async () => {
    const store = await aStoreWithAda()
    await store.duckdb.run(`UPDATE identifier_key SET key = hash(key)`)
    await store.duckdb.run(`UPDATE source_record SET key_hash = hash(key_hash)`)
    await prepareTables(store.duckdb, schema)
    const known = await store.write([aRecord('1', { email: 'ada@shop.example', phone: '+33612345678' })])
    expect(known).toEqual({ written: 0, unchanged: 1 })
    expect(await store.duckdb.all(`SELECT record_id FROM source_record`)).toEqual([{ record_id: 1n }])
  })
})

const everybodyTold = `SELECT record_id, identifier_email AS email, identifier_phone AS phone FROM told_record ORDER BY record_id`

describe('identifiers that a record does not tell', () => {
  it('are told by nobody and join nobody, whether they are stored as an empty text or as null', async () => {
    const store = await aStoreWithAda()
    await store.write([aRecord('2', { email: 'bob@shop.example' }), aRecord('3', { phone: '+33612345679' })])
    await store.refresh([mapping])
    // As warehouses of an older layout have it.
    await store.duckdb.run(`UPDATE record_trait SET identifier_email = NULL WHERE record_id = 3`)
    await store.write([aRecord('4', { first_name: 'Eve' }), aRecord('5', { first_name: 'Eve' })])
    expect(await store.refresh([mapping])).toMatchObject({ profilesCreated: 2, profilesUpdated: 0 })
    expect(await store.duckdb.all(everybodyTold)).toEqual([
      { record_id: 1n, email: 'ada@shop.example', phone: '+33612345678' },
      { record_id: 2n, email: 'bob@shop.example', phone: null },
      { record_id: 3n, email: null, phone: '+33612345679' },
      { record_id: 4n, email: null, phone: null },
      { record_id: 5n, email: null, phone: null },
    ])
    expect(await store.duckdb.all(keysAndIdentifiers)).toEqual([{ keys: 4n, found: 4n, identifiers: 4n }])
  })

  it('leave the profile without one when its records are built again', async () => {
    const store = await aStoreWithAda()
    await store.write([aRecord('2', { email: 'bob@shop.example' })])
    await store.refresh([mapping])
    await store.write([aRecord('3', { email: 'bob@shop.example', first_name: 'Bob' })])
    expect(await store.refresh([mapping])).toMatchObject({ profilesCreated: 0, profilesUpdated: 1 })
    expect(
      await store.duckdb.all(
        `SELECT identifier_phone AS phone, trait_first_name AS name FROM profile WHERE identifier_email = 'bob@shop.example'`,
      ),
    ).toEqual([{ phone: null, name: 'Bob' }])
  })
})
