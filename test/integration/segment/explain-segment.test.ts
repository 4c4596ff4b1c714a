import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseDay } from '../../../core/segment/calendar.ts'
import type { Rule } from '../../../core/segment/rule.ts'
import type { DuckDb } from '../../../hub-server/warehouse/duckdb.ts'
import { createSegmentStore } from '../../../hub-server/warehouse/segment-store.ts'
import { aPerson, aPurchase, inCountry } from './a-person.ts'
import { worldAsOf as asOf, worldSchema as schema } from './random-world.ts'
import { openWarehouse, storePeople } from './store-people.ts'

describe('the DuckDB segment store, asked without writing', () => {
  let duckdb: DuckDb
  beforeEach(async () => {
    duckdb = await openWarehouse(schema)
  })
  afterEach(() => duckdb.close())

  const store = () => createSegmentStore(duckdb, schema)

  it('explains one person: truth and deciding value of every node', async () => {
    await storePeople(duckdb, schema, [
      aPerson({
        traits: { country: 'FR', birthday: parseDay('2000-02-29'), tags: ['vip'] },
        identifiers: { email: ['ada@example.com', 'ada@example.org'] },
        consents: { 'ads.email': 'granted' },
        events: [
          aPurchase({ properties: { amount: 0.1 } }),
          aPurchase({ messageId: 'n', properties: { amount: 0.2 } }),
        ],
      }),
    ])
    const rule: Rule = {
      all: [
        {
          any: [
            { trait: 'score', op: 'at_least', value: 1 },
            { trait: 'birthday', op: 'before', value: '2010-01-01' },
          ],
        },
        { not: { segment: 'german' } },
        { identifier: 'email', op: 'ends_with', value: '.org' },
        { consent: { purpose: 'ads', channel: 'email' }, is: 'granted' },
        { event: 'purchase', measure: 'sum', property: 'amount', op: 'equals', value: 0.3 },
        { event: 'purchase', measure: 'last', op: 'within_last', value: '7 days' },
      ],
    }
    const segments = new Map<string, Rule>([
      ['target', rule],
      ['german', inCountry('DE')],
    ])
    const found = await store().explain('p_1', 'target', segments, asOf)
    const flat = (node: typeof found): [string, boolean | null, unknown][] => [
      [node.path, node.truth, node.value],
      ...node.children.flatMap(flat),
    ]
    expect(flat(found)).toEqual([
      ['', true, null],
      ['all[0]', true, null],
      ['all[0].any[0]', null, null],
      ['all[0].any[1]', true, '2000-02-29'],
      ['all[1]', true, null],
      ['all[1].not', false, false],
      ['all[2]', true, ['ada@example.com', 'ada@example.org']],
      ['all[3]', true, 'granted'],
      ['all[4]', true, 0.3],
      ['all[5]', true, '2024-03-30T12:00:00Z'],
    ])
    await expect(store().explain('p_2', 'target', segments, asOf)).rejects.toMatchObject({
      code: 'run.profile_unknown',
    })
    await expect(store().explain("1' OR 1=1", 'target', segments, asOf)).rejects.toMatchObject({
      code: 'run.profile_unknown',
    })
  })
})
