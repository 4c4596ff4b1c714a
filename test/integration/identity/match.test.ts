import { afterEach, describe, expect, it } from 'vitest'
import type { IdentityStore } from '../../../core/port/identity-store.ts'
import { createIdentityStore } from '../../../hub-server/warehouse/identity-store.ts'
import { readFake1000 } from '../../support/labelled-records.ts'
import { clusterF1 } from '../../support/linkage-quality.ts'
import {
  aMapping,
  anIdentity,
  aProfileStore,
  aRecord,
  aSchema,
  type TestStore,
} from '../profile-store/a-profile-store.ts'

let open: TestStore[] = []
afterEach(() => {
  for (const { duckdb } of open) duckdb.close()
  open = []
})

const text = { type: 'text' } as const
const schema = aSchema({
  traits: { first_name: text, surname: text, dob: text, city: text, mail: text },
  identifiers: { email: { form: 'email' }, number: { form: 'exact' } },
  events: {},
  consents: {},
})
const fields = ['first_name', 'surname', 'dob', 'city', 'mail']
const mapping = aMapping({
  identifiers: { email: { from: 'email' }, number: { from: 'number' } },
  traits: Object.fromEntries(fields.map((name) => [name, { from: name }])),
  consents: [],
})

interface Matched extends TestStore {
  readonly people: IdentityStore
}

/** The people of fake_1000, known by nothing but what they are alike in. */
async function thousandPeople(): Promise<Matched & { readonly truth: readonly string[] }> {
  const { rows, truth, matching } = await readFake1000()
  const renamed = JSON.parse(JSON.stringify(matching).replaceAll('"email"', '"mail"'))
  const identity = anIdentity({ matching: renamed })
  const store = await aProfileStore(schema, ':memory:', identity)
  open.push(store)
  await store.write(
    rows.map((row, at) =>
      aRecord(String(at).padStart(4, '0'), {
        first_name: row['first_name'] ?? '',
        surname: row['surname'] ?? '',
        dob: row['dob'] ?? '',
        city: row['city'] ?? '',
        mail: row['email'] ?? '',
        number: `n${at}`,
      }),
    ),
  )
  await store.refresh([mapping])
  const { duckdb, clock } = store
  return { ...store, truth, people: createIdentityStore({ duckdb, clock, schema, identity }) }
}

/** For each record, in the order they were written, the position of the first of its profile. */
async function headsOf({ partition }: TestStore): Promise<Int32Array> {
  const first = new Map<string, number>()
  const profiles = Object.values(await partition())
  return Int32Array.from(profiles, (profile, at) => {
    if (!first.has(profile)) first.set(profile, at)
    return first.get(profile) ?? at
  })
}

describe('matching in the warehouse', () => {
  it('makes profiles of records that share no identifier, keeps its model, and knows when it is due again', async () => {
    const store = await thousandPeople()
    expect(await store.people.isMatchDue()).toBe(true)
    const report = await store.people.match({ force: false })
    expect(report).toMatchObject({ records: 1000, learned: true })
    expect(clusterF1(store.truth, await headsOf(store))).toBeGreaterThanOrEqual(0.905)
    expect(await store.people.match({ force: false })).toBeUndefined()
    const before = await store.partition()
    expect(await store.people.match({ force: true })).toMatchObject({
      learned: false,
      profilesCreated: 0,
      profilesRemoved: 0,
    })
    expect(await store.partition()).toEqual(before)
    // A full rebuild follows the links and keeps every id.
    await store.duckdb.run(`DELETE FROM normalised_stream`)
    await store.refresh([mapping])
    expect(await store.partition()).toEqual(before)
  })

  it('leaves apart for good whom a person took apart, and undoes all of it in a preview', async () => {
    const store = await thousandPeople()
    const none = await store.partition()
    await store.duckdb.dryRun(() => store.people.match({ force: true }))
    expect(await store.partition()).toEqual(none)
    await store.people.match({ force: true })
    const [link] = await store.duckdb.all<{ left_record: bigint; right_record: bigint }>(
      `SELECT left_record, right_record FROM identity_link ORDER BY weight DESC, left_record, right_record LIMIT 1`,
    )
    const [left, right] = [link?.left_record ?? 0n, link?.right_record ?? 0n]
    const explained = await store.people.explainPair(`${left}-${right}`)
    expect(explained.parts.reduce((sum, { weight }) => sum + weight, explained.start)).toBeCloseTo(
      explained.weight,
      6,
    )
    await store.people.decide(`${left}-${right}`, 'split')
    await store.people.match({ force: true, relearn: true })
    const rows = await store.duckdb.all<{ profiles: bigint }>(
      `SELECT count(DISTINCT profile_id) AS profiles FROM record_trait WHERE record_id IN ($1, $2)`,
      [left, right],
    )
    expect(rows).toEqual([{ profiles: 2n }])
  })
})

describe('a pair whose addresses only look the same', () => {
  it('waits for a person, who may accept or refuse it', async () => {
    const { rows, matching } = await readFake1000()
    const identity = anIdentity({ matching: { ...matching, threshold: 0 } })
    const store = await aProfileStore(
      aSchema({
        traits: { first_name: text, surname: text, dob: text, city: text },
        identifiers: { email: { form: 'email' } },
        events: {},
        consents: {},
      }),
      ':memory:',
      identity,
    )
    open.push(store)
    const people = createIdentityStore({
      ...store,
      schema: aSchema({
        traits: { first_name: text, surname: text, dob: text, city: text },
        identifiers: { email: { form: 'email' } },
        events: {},
        consents: {},
      }),
      identity,
    })
    const person = { first_name: 'Ottoline', surname: 'Kowalczyk', dob: '1971-03-09', city: 'London' }
    await store.write([
      ...rows.map((row, at) =>
        aRecord(`r${at}`, {
          first_name: row['first_name'] ?? '',
          surname: row['surname'] ?? '',
          dob: row['dob'] ?? '',
          city: row['city'] ?? '',
          email: row['email'] ?? '',
        }),
      ),
      aRecord('a', { ...person, email: 'otto@shop.example' }),
      aRecord('b', { ...person, email: 'оttо@shop.example' }),
      aRecord('c', { ...person, email: '' }),
    ])
    const plain = aMapping({
      identifiers: { email: { from: 'email' } },
      traits: Object.fromEntries(fields.slice(0, 4).map((name) => [name, { from: name }])),
      consents: [],
    })
    await store.refresh([plain])
    await people.match({ force: true })
    const [pair, ...rest] = (await people.review({ limit: 1000 })).filter(
      ({ reason }) => reason === 'lookalike',
    )
    expect(rest).toEqual([])
    expect([pair?.left.externalId, pair?.right.externalId]).toEqual(['a', 'b'])
    await expect(people.decide('999998-999999', 'merge')).rejects.toMatchObject({
      code: 'identity.no_such_pair',
    })
    await people.decide(pair?.pair ?? '', 'merge')
    const together = await store.partition()
    expect(together['shop/a']).toBe(together['shop/b'])
    expect((await people.review({ limit: 1000 })).filter(({ reason }) => reason === 'lookalike')).toEqual([])
  })
})
