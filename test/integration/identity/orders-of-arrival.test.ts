import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  aMapping,
  anIdentity,
  aProfileStore,
  aRecord,
  aSchema,
  ordersMapping,
  useProfileStore,
  type TestStore,
} from '../profile-store/a-profile-store.ts'

/** With `clears`, an empty first name counts as the source's word that there is none. */
const mappingsWith = (clears: boolean) => [
  clears ? aMapping({ traits: { first_name: { from: 'first_name', empty: 'clears' } } }) : aMapping(),
  ordersMapping,
]

const identity = fc
  .record({
    order: fc.constantFrom<string[]>([], ['customer_id'], ['phone', 'email']),
    limit: fc.constantFrom(undefined, 1, 2),
    shared_by: fc.constantFrom(undefined, 2, 3),
    blocked: fc.constantFrom<string[]>([], ['a@*'], ['B@example.com']),
    survivorship: fc.constantFrom(
      {},
      { first_name: 'most_recent' as const },
      { first_name: 'longest' as const },
      { first_name: 'most_frequent' as const },
    ),
  })
  .map(({ order, limit, shared_by, blocked, survivorship }) =>
    anIdentity({
      order,
      survivorship,
      identifiers: {
        email: { blocked, ...(shared_by !== undefined && { shared_by }) },
        customer_id: { ...(limit !== undefined && { limit }) },
        phone: { ...(limit !== undefined && { limit }) },
      },
    }),
  )

const contact = fc
  .record({
    id: fc.constantFrom('1', '2', '3', '4', '5', '6', '7'),
    email: fc.constantFrom('a@example.com', 'b@example.com', 'c@example.com', ''),
    customer_id: fc.constantFrom('c1', 'c2', 'c3', ''),
    phone: fc.constantFrom('+33612345678', '+33612345679', ''),
    first_name: fc.constantFrom('Ada', 'Bob', 'Robert', ''),
    deleted: fc.constantFrom(false, false, false, true),
  })
  .map(({ id, deleted, ...fields }) => ({ stream: 'contacts', record: aRecord(id, fields, { deleted }) }))

const order = fc
  .record({
    id: fc.constantFrom('1', '2', '3'),
    email: fc.constantFrom('a@example.com', 'b@example.com', 'e@example.com', ''),
    customer_id: fc.constantFrom('c1', 'c4', ''),
  })
  .map(({ id, ...fields }) => ({
    stream: 'orders',
    record: aRecord(id, { ...fields, at: '2026-01-01', amount: 1 }),
  }))

/** People whom nobody else has to do with: among many the few that are touched are read in another way than everybody. */
const strangers = Array.from({ length: 90 }, (_, at) =>
  aRecord(`s${at}`, { email: `stranger${at}@example.com`, first_name: 'Eve' }),
)

/** Arrivals in batches; each batch may bring another identity manifest into force. */
const batches = fc.array(
  fc.record({
    arrivals: fc.array(fc.oneof({ weight: 3, arbitrary: contact }, order), { maxLength: 6 }),
    manifest: fc.option(identity, { nil: undefined, freq: 2 }),
  }),
  { minLength: 1, maxLength: 5 },
)

/** Profiles by what they hold, and who is with whom, without the ids that depend on the order of arrival. */
async function contents({ duckdb, partition }: TestStore) {
  const people = Object.entries(await partition())
  return {
    profiles: await duckdb.all(
      `SELECT * EXCLUDE (created_at, updated_at, profile_id) FROM profile ORDER BY ALL`,
    ),
    together: people.map(([one, person]) => [
      one,
      people.filter(([, other]) => other === person).map(([other]) => other),
    ]),
    events: await duckdb.all(`SELECT e.message_id, p.identifier_email, p.identifier_customer_id
      FROM event e JOIN profile p USING (profile_id) ORDER BY ALL`),
    stray: await duckdb.all(`SELECT message_id FROM event ANTI JOIN profile USING (profile_id)`),
  }
}

/** What set operations made of some profiles of several records, beside what is traced when somebody asks for one. */
async function asTraced({ duckdb, store }: TestStore) {
  const rows = await duckdb.all<{ id: string; first_name: string | null }>(
    `SELECT 'p_' || profile_id AS id, trait_first_name AS first_name FROM profile SEMI JOIN (
       SELECT profile_id FROM record_trait GROUP BY profile_id HAVING count(*) > 1) crowd USING (profile_id) LIMIT 3`,
  )
  return Promise.all(
    rows.map(async ({ id, first_name: stored }) => {
      const view = await store.findProfile(id)
      return { id, stored, traced: view?.traits['first_name']?.value ?? null }
    }),
  )
}

describe('who is who under limits, blocked and shared values', () => {
  it('is the same after any arrivals, deletions and changes of the manifest as after one refresh of everything', async () => {
    await fc.assert(
      fc.asyncProperty(batches, identity, fc.boolean(), fc.boolean(), async (steps, first, clears, crowd) => {
        const mappings = mappingsWith(clears)
        let manifest = first
        let version = 0
        const stepwise = await aProfileStore(aSchema({}), ':memory:', manifest)
        const atOnce = await aProfileStore()
        if (crowd) for (const store of [stepwise, atOnce]) await store.write(strangers)
        for (const step of steps) {
          manifest = step.manifest ?? manifest
          for (const { stream, record } of step.arrivals) {
            version += 1
            for (const store of [stepwise, atOnce])
              await store.write([{ ...record, versionAt: version }], { stream })
          }
          await (await useProfileStore(stepwise.duckdb, aSchema({}), manifest)).refresh(mappings)
        }
        await (await useProfileStore(atOnce.duckdb, aSchema({}), manifest)).refresh(mappings)
        const incremental = await contents(stepwise)
        expect(incremental).toEqual(await contents(atOnce))
        expect(incremental.stray).toEqual([])
        const current = await useProfileStore(stepwise.duckdb, aSchema({}), manifest)
        for (const { stored, traced } of await asTraced(current)) expect(traced).toBe(stored)
        // A full rebuild keeps every id.
        const profiles = await stepwise.duckdb.all(`SELECT * FROM profile ORDER BY ALL`)
        await stepwise.duckdb.run(`DELETE FROM normalised_stream`)
        await current.refresh(mappings)
        expect(await stepwise.duckdb.all(`SELECT * FROM profile ORDER BY ALL`)).toEqual(profiles)
        stepwise.duckdb.close()
        atOnce.duckdb.close()
      }),
      { numRuns: Number(process.env['IDENTITY_RUNS'] ?? 6) },
    )
  })
})
