import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SourceRecord } from '../../../core/connector/source.ts'
import { connectedComponents } from '../../../core/identity/connected-components.ts'
import { aMapping, aProfileStore, aRecord, ordersMapping, type TestStore } from './a-profile-store.ts'

const mappings = [aMapping(), ordersMapping]

const contact = fc
  .record({
    id: fc.constantFrom('1', '2', '3', '4', '5', '6', '7'),
    email: fc.constantFrom('a@example.com', 'b@example.com', 'c@example.com', 'd@example.com', ''),
    customer_id: fc.constantFrom('c1', 'c2', 'c3', ''),
    first_name: fc.constantFrom('Ada', 'Bob', ''),
    deleted: fc.constantFrom(false, false, false, true),
    merged: fc.constantFrom([], [], [], ['1'], ['2', '3']),
  })
  .map(({ id, deleted, merged, ...fields }) => ({
    stream: 'contacts',
    // A denial that was seen stands, also where a newer version hides it: how often one looks must not matter here.
    record: aRecord(
      id,
      { ...fields, newsletter: ['yes', 'no', ''][Number(id) % 3] ?? '' },
      { deleted, mergedIds: merged },
    ),
  }))

const order = fc
  .record({
    id: fc.constantFrom('1', '2', '3', '4'),
    email: fc.constantFrom('a@example.com', 'b@example.com', 'e@example.com', ''),
    customer_id: fc.constantFrom('c1', 'c4', ''),
    deleted: fc.constantFrom(false, false, true),
  })
  .map(({ id, deleted, ...fields }) => ({
    stream: 'orders',
    record: aRecord(id, { ...fields, at: '2026-01-01', amount: 1 }, { deleted }),
  }))

/** Pages of one record each, newer with each step, in batches between which profiles are refreshed. */
const batches = fc.array(fc.array(fc.oneof({ weight: 2, arbitrary: contact }, order), { maxLength: 5 }), {
  maxLength: 6,
})

const profileSql = `SELECT * EXCLUDE (created_at, updated_at, profile_id) FROM profile ORDER BY ALL`

/** What the store holds, without the ids that depend on the order of arrival. */
async function contents({ duckdb, partition }: TestStore) {
  const people = Object.entries(await partition())
  return {
    profiles: await duckdb.all(profileSql),
    together: people
      .map(([one, person]) => [one, people.filter(([, other]) => other === person).map(([other]) => other)])
      .toSorted((a, b) => String(a).localeCompare(String(b))),
    events: await duckdb.all(`SELECT e.message_id, p.identifier_email, p.identifier_customer_id
      FROM event e JOIN profile p USING (profile_id) ORDER BY ALL`),
    stray: await duckdb.all(`SELECT message_id FROM event ANTI JOIN profile USING (profile_id)`),
  }
}

async function writeAll(
  store: TestStore,
  written: readonly (readonly { stream: string; record: SourceRecord }[])[],
  between: () => Promise<unknown>,
) {
  let version = 0
  for (const batch of written) {
    for (const { stream, record } of batch) {
      version += 1
      await store.write([{ ...record, versionAt: version }], { stream })
    }
    await between()
  }
}

/** The partition that the identifier rows mean, worked out by the pure reference. */
async function expectReferencePartition({ duckdb }: TestStore) {
  const nodes = await duckdb.all<{ record_id: bigint; profile_id: bigint }>(
    `SELECT record_id, profile_id FROM record_trait`,
  )
  const held = await duckdb.all<{ record_id: bigint; kind: string; value: string }>(
    `SELECT * FROM every_identifier`,
  )
  const reference = connectedComponents(
    nodes.map((node) => Number(node.record_id)),
    held.map(({ record_id, kind, value }) => ({ recordId: Number(record_id), kind, value })),
  )
  expect(new Map(nodes.map((node) => [Number(node.record_id), Number(node.profile_id)]))).toEqual(reference)
}

describe('profile store: incremental and full', () => {
  it('gives the same profiles after any batches as after one refresh of everything, and as the pure reference', async () => {
    await fc.assert(
      fc.asyncProperty(batches, async (written) => {
        const stepwise = await aProfileStore()
        await writeAll(stepwise, written, () => stepwise.refresh(mappings))
        await expectReferencePartition(stepwise)
        const incremental = await contents(stepwise)
        // A full rebuild keeps every id: forget how far the streams were normalised, and refresh again.
        const profiles = await stepwise.duckdb.all(`SELECT * FROM profile ORDER BY ALL`)
        await stepwise.duckdb.run(`DELETE FROM normalised_stream`)
        expect(await stepwise.refresh(mappings)).toMatchObject({
          profilesCreated: 0,
          profilesUpdated: 0,
          profilesRemoved: 0,
        })
        expect(await stepwise.duckdb.all(`SELECT * FROM profile ORDER BY ALL`)).toEqual(profiles)
        const atOnce = await aProfileStore()
        await writeAll(atOnce, written, () => Promise.resolve())
        await atOnce.refresh(mappings)
        await expectReferencePartition(atOnce)
        expect(incremental).toEqual(await contents(atOnce))
        expect(incremental.stray).toEqual([])
        stepwise.duckdb.close()
        atOnce.duckdb.close()
      }),
      { numRuns: 8 },
    )
  })
})
