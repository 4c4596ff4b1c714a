import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { DeliveryStore } from '../../../core/port/delivery-store.ts'
import type { DuckDb } from '../../../hub-server/warehouse/duckdb.ts'
import { aDeliveryStoreBench, type DeliveryStoreBench } from '../../support/a-delivery-store.ts'
import { letOut, people, putMembers } from '../../support/a-delivery-workspace.ts'

let duckdb: DuckDb
let store: DeliveryStore
let plan: DeliveryStoreBench['plan']
let deliver: DeliveryStoreBench['deliver']
beforeEach(async () => {
  ;({ duckdb, store, plan, deliver } = await aDeliveryStoreBench())
})
afterEach(() => duckdb.close())

const reason = { code: 'refused', message: 'the platform says no' }

describe('plan', () => {
  it('adds every member, in batches of the size that the destination takes, in the order of profiles', async () => {
    await putMembers(duckdb, people(25).toReversed())
    const planned = await plan()
    expect(planned).toMatchObject({ members: 25, desired: 25, delivered: 0, adds: 25, removes: 0 })
    expect(planned.batches.map((batch) => batch.size)).toEqual([10, 10, 5])
    const rows = await store.readBatch('run-1', 1)
    expect(rows[0]).toEqual({
      ordinal: 0,
      operation: 'add',
      profileId: 'p_11',
      key: null,
      fields: { email: 'p11@example.com', name: 'Name 11' },
    })
  })

  it('hands very many additions over in the larger batches of the platform’s way for large loads, removals never', async () => {
    const destination = { largeLoad: { above: 20, recordsPerBatch: 15 } }
    await putMembers(duckdb, people(20))
    expect((await plan({ destination })).batches.map((batch) => batch.size)).toEqual([10, 10])
    await deliver({ destination })
    await letOut(
      duckdb,
      Array.from({ length: 12 }, (_, index) => index + 1),
    )
    await putMembers(
      duckdb,
      Array.from({ length: 21 }, (_, index) => ({ id: 100 + index })),
    )
    const planned = await plan({ destination })
    expect(planned.batches.map((batch) => `${batch.operation} ${batch.size}`)).toEqual([
      'remove 10',
      'remove 2',
      'add 15',
      'add 6',
    ])
    const rows = await store.readBatch(planned.runId, 3)
    expect(rows.map((row) => row.ordinal)).toEqual([0, 1, 2, 3, 4, 5])
  })

  it('compares only the people it is asked for, and does with them what a whole plan would', async () => {
    await putMembers(duckdb, people(30))
    await deliver()
    await letOut(duckdb, [3, 4, 5])
    await putMembers(duckdb, [{ id: 7, firstName: 'Another' }, { id: 41 }, { id: 42 }])
    const some = await plan({ people: ['p_3', 'p_7', 'p_9', 'p_41'] })
    expect(some).toMatchObject({ members: 29, delivered: 30, adds: 1, updates: 1, removes: 1 })
    const rows = await Promise.all(some.batches.map(({ index }) => store.readBatch(some.runId, index)))
    expect(rows.flat().map(({ operation, profileId }) => `${operation} ${profileId}`)).toEqual([
      'remove p_3',
      'update p_7',
      'add p_41',
    ])
    expect(await plan({ people: ['p_9', 'p_99'] })).toMatchObject({ batches: [] })
    expect(await plan()).toMatchObject({ adds: 2, updates: 1, removes: 3 })
  })

  it('has nothing to do once everything was applied (N37, B28)', async () => {
    await putMembers(duckdb, people(25))
    await deliver()
    expect(await plan()).toMatchObject({ adds: 0, updates: 0, removes: 0, unchanged: 25, batches: [] })
  })

  it('gives the same digest for the same data, and another one when a value changes', async () => {
    await putMembers(duckdb, people(12))
    const first = await plan()
    const again = await plan()
    await putMembers(duckdb, [{ id: 7, firstName: 'Another' }])
    const changed = await plan()
    expect(again.digest).toBe(first.digest)
    expect(again.batches).toEqual(first.batches)
    expect(changed.digest).not.toBe(first.digest)
  })

  it('puts removals first', async () => {
    await putMembers(duckdb, people(3))
    await deliver()
    await letOut(duckdb, [2])
    await putMembers(duckdb, [{ id: 9 }])
    const { sent, plan: planned } = await deliver()
    expect(sent).toEqual(['remove p_2', 'add p_9'])
    expect(planned.batches.map((batch) => batch.operation)).toEqual(['remove', 'add'])
  })

  it('fills a field with what the person decided, and leaves it out where nothing is known', async () => {
    await putMembers(duckdb, [{ id: 1 }, { id: 2, consent: 'denied' }, { id: 3, consent: null }])
    const fields = {
      email: { identifier: 'email' },
      name: { consent: { purpose: 'marketing', channel: 'ads' } },
    }
    await plan({ sync: { fields, consent: 'not_required' } })
    const rows = await store.readBatch('run-1', 0)
    expect(rows.map((row) => row.fields)).toEqual([
      { email: 'p1@example.com', name: 'granted' },
      { email: 'p2@example.com', name: 'denied' },
      { email: 'p3@example.com' },
    ])
  })

  it('removes even in add_only mode whose consent was withdrawn, in the segment or out of it', async () => {
    await putMembers(duckdb, people(4))
    await deliver({ sync: { mode: 'add_only' } })
    await letOut(duckdb, [2, 3])
    await duckdb.run(`UPDATE profile SET consent_marketing__ads = 'denied' WHERE profile_id IN (1, 2)`)
    const { sent } = await deliver({ sync: { mode: 'add_only' } })
    expect(sent).toEqual(['remove p_1', 'remove p_2'])
  })

  it('removes nobody who only left the segment in add_only mode', async () => {
    await putMembers(duckdb, people(3))
    await deliver({ sync: { mode: 'add_only' } })
    await letOut(duckdb, [2])
    expect(await plan({ sync: { mode: 'add_only' } })).toMatchObject({ removes: 0, batches: [] })
  })

  it('sends a changed row as one update where the platform can change it in place', async () => {
    await putMembers(duckdb, people(2))
    await deliver()
    await putMembers(duckdb, [{ id: 2, firstName: 'Zoé' }])
    const { sent, plan: planned } = await deliver()
    expect(sent).toEqual(['update p_2'])
    expect(planned.updates).toBe(1)
  })

  it('takes the old row off before the new one is put on where it cannot', async () => {
    const destination = { capabilities: { remove: true, repeatable: true } }
    await putMembers(duckdb, people(2))
    await deliver({ destination })
    await putMembers(duckdb, [{ id: 2, email: 'new@example.com' }])
    const planned = await plan({ destination })
    const removal = await store.readBatch(planned.runId, 0)
    const addition = await store.readBatch(planned.runId, 1)
    expect(planned).toMatchObject({ updates: 1, removes: 0 })
    expect(removal[0]).toMatchObject({ operation: 'remove', fields: { email: 'p2@example.com' } })
    expect(addition[0]).toMatchObject({ operation: 'update', fields: { email: 'new@example.com' } })
  })

  it('does not put the new row on while the old one could not be taken off', async () => {
    const destination = { capabilities: { remove: true, repeatable: true } }
    await putMembers(duckdb, people(2))
    await deliver({ destination })
    await putMembers(duckdb, [{ id: 2, email: 'new@example.com' }])
    const { sent, plan: planned } = await deliver({ destination }, () => ({ status: 'failed', reason }))
    expect(sent).toEqual(['remove p_2'])
    expect(await store.outcomeCounts(planned.runId)).toMatchObject({ failed: 2, pending: 0 })
    const next = await deliver({ destination })
    expect(next.sent).toEqual(['remove p_2', 'update p_2'])
  })

  it('leaves a missing value out instead of sending null (B34)', async () => {
    await putMembers(duckdb, [{ id: 1, firstName: null }])
    await plan()
    const rows = await store.readBatch('run-1', 0)
    expect(rows[0]?.fields).toEqual({ email: 'p1@example.com' })
  })

  it('writes every type of trait as JSON that a connector can read', async () => {
    await putMembers(duckdb, [{ id: 1, firstName: 'A "quoted"\n\u0001 名' }])
    await duckdb.run(`UPDATE profile SET trait_spent = 12.5, trait_born = '1990-02-03', trait_tags = ['a', 'b"'],
      trait_seen = '2026-01-02 03:04:05.678'`)
    const fields = {
      email: { identifier: 'email' },
      name: { trait: 'first_name' },
      spent: { trait: 'spent' },
      born: { trait: 'born' },
      seen: { trait: 'seen' },
      tags: { trait: 'tags' },
      'odd "name"': { value: true },
    }
    await plan({ sync: { fields } })
    const rows = await store.readBatch('run-1', 0)
    expect(rows[0]?.fields).toEqual({
      email: 'p1@example.com',
      name: 'A "quoted"\n\u0001 名',
      spent: 12.5,
      born: '1990-02-03',
      seen: '2026-01-02T03:04:05.678Z',
      tags: ['a', 'b"'],
      'odd "name"': true,
    })
  })

  it('leaves out a number that is none', async () => {
    await putMembers(duckdb, people(1))
    await duckdb.run(`UPDATE profile SET trait_spent = 'nan'`)
    await plan({ sync: { fields: { email: { identifier: 'email' }, spent: { trait: 'spent' } } } })
    const rows = await store.readBatch('run-1', 0)
    expect(rows[0]?.fields).toEqual({ email: 'p1@example.com' })
  })

  it('sends nobody when no consent rule is given, and says so', async () => {
    await putMembers(duckdb, people(3))
    expect(await plan({ sync: { consent: undefined } })).toMatchObject({
      desired: 0,
      withheld: { consent_unmapped: 3, consent_missing: 0, no_match_key: 0 },
    })
  })

  it('withholds who has not granted every consent or cannot be matched, each with its reason', async () => {
    await putMembers(duckdb, [
      { id: 1 },
      { id: 2, consent: 'denied' },
      { id: 3, consent: null },
      { id: 4, email: null },
      { id: 6, email: null, crmId: 'c6' },
    ])
    const planned = await plan()
    expect(planned).toMatchObject({
      members: 5,
      adds: 2,
      withheld: { consent_unmapped: 0, consent_missing: 2, no_match_key: 1 },
    })
    expect((await store.readBatch('run-1', 0)).map((row) => row.key)).toEqual([null, 'c6'])
  })

  it('takes a blank text for no value where people are matched by it (B39)', async () => {
    await putMembers(duckdb, [
      { id: 1, firstName: '  ' },
      { id: 2, firstName: 'a@b.example' },
    ])
    const fields = { email: { trait: 'first_name' }, source: { value: 'hub' } }
    expect(await plan({ sync: { fields } })).toMatchObject({ adds: 1, withheld: { no_match_key: 1 } })
    expect((await store.readBatch('run-1', 0))[0]?.fields).toEqual({ email: 'a@b.example', source: 'hub' })
  })

  it('removes a member who withdraws consent (B69)', async () => {
    await putMembers(duckdb, people(3))
    await deliver()
    await putMembers(duckdb, [{ id: 2, consent: 'denied' }])
    const { sent } = await deliver()
    expect(sent).toEqual(['remove p_2'])
  })

  it("hands over the platform's key from the last outcome, before the identifier's", async () => {
    await putMembers(duckdb, [{ id: 1, crmId: 'from-identifier' }])
    await deliver({}, () => ({ status: 'applied', key: 'from-platform' }))
    await letOut(duckdb, [1])
    await plan()
    expect((await store.readBatch('run-2', 0))[0]).toMatchObject({
      operation: 'remove',
      key: 'from-platform',
    })
  })

  it('sends the survivor of a merge again when the vanished profile is taken off (B58)', async () => {
    await putMembers(duckdb, people(2))
    await duckdb.run(`INSERT INTO record_trait (record_id, profile_id, connection, stream, version_at, deleted, run_id)
      VALUES (1, 1, 'crm', 'contacts', '2026-01-01', false, 'r'), (2, 1, 'crm', 'contacts', '2026-01-01', false, 'r')`)
    await deliver()
    await letOut(duckdb, [2])
    await duckdb.run(`DELETE FROM profile WHERE profile_id = 2`)
    const { sent } = await deliver()
    expect(sent).toEqual(['remove p_2', 'add p_1'])
    expect(await plan()).toMatchObject({ batches: [], unchanged: 1 })
  })

  it('refuses a field that the profile schema does not know', async () => {
    await expect(plan({ sync: { fields: { email: { trait: 'nope' } } } })).rejects.toMatchObject({
      code: 'manifest.unknown_reference',
    })
  })
})
