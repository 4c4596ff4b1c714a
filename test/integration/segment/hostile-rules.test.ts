import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { evaluateRule } from '../../../core/segment/evaluate-rule.ts'
import type { Person, PersonEvent } from '../../../core/segment/person.ts'
import type { Rule } from '../../../core/segment/rule.ts'
import type { DuckDb } from '../../../hub-server/warehouse/duckdb.ts'
import { createSegmentStore } from '../../../hub-server/warehouse/segment-store.ts'
import { hostileTexts } from '../../conformance/dialect/escape-corpus.ts'
import { aPerson, aPurchase, inCountry } from './a-person.ts'
import { worldAsOf as asOf, worldSchema as schema } from './random-world.ts'
import { openWarehouse, storePeople } from './store-people.ts'

const at = (messageId: string, shop: string): PersonEvent => aPurchase({ messageId, properties: { shop } })

describe('the DuckDB segment store, under rules that are large or hostile', () => {
  let duckdb: DuckDb
  beforeEach(async () => {
    duckdb = await openWarehouse(schema)
  })
  afterEach(() => duckdb.close())

  const store = () => createSegmentStore(duckdb, schema)
  const evaluate = (rules: Record<string, Rule>) => store().evaluate(new Map(Object.entries(rules)), asOf)

  it('evaluates more segments and distinct conditions than one column of bits holds', async () => {
    const people = Array.from({ length: 40 }, (_, index) =>
      aPerson({
        traits: { score: index },
        events: index % 3 === 0 ? [aPurchase({ properties: { amount: index } })] : [],
      }),
    )
    await storePeople(duckdb, schema, people)
    const segments = new Map<string, Rule>()
    for (let index = 0; index < 150; index += 1) {
      const parts: Rule[] = [
        { trait: 'score', op: 'at_least', value: index / 5 },
        { event: 'purchase', measure: 'sum', property: 'amount', op: 'at_most', value: index },
      ]
      segments.set(`s${index}`, {
        all: index < 75 ? parts : [...parts, { not: { segment: `s${index - 75}` } }],
      })
    }
    const reports = await store().evaluate(segments, asOf)
    const expected = countByReference(segments, people)
    expect(Object.fromEntries(reports.map(({ segment, members }) => [segment, members]))).toEqual(expected)
  })

  it('takes rules at the limits: 16 levels, 500 nodes, lists of 10,000', async () => {
    await storePeople(duckdb, schema, [aPerson({ traits: { country: 'FR', score: 3 } }), aPerson()])
    let deep: Rule = inCountry('FR')
    for (let level = 1; level < 16; level += 1) deep = level % 2 === 0 ? { all: [deep] } : { not: deep }
    const wide: Rule = {
      any: Array.from({ length: 499 }, (_, index): Rule => ({ trait: 'score', op: 'equals', value: index })),
    }
    const long: Rule = {
      trait: 'country',
      op: 'in',
      value: Array.from({ length: 10_000 }, (_, index) => (index === 9999 ? 'FR' : `X${index}`)),
    }
    const reports = await evaluate({ deep, wide, long, none: { not: long } })
    expect(reports.map(({ members }) => members)).toEqual([1, 1, 1, 0])
  })

  it('takes every hostile text as a value, wherever a rule may hold one', async () => {
    const hostile = hostileTexts.filter((text) => text.length < 100)
    await storePeople(
      duckdb,
      schema,
      hostile.map((text, index) =>
        aPerson({
          traits: { country: text, tags: [text] },
          identifiers: { crm: [`x${text}x${index}`] },
          events: [aPurchase({ properties: { shop: text } })],
        }),
      ),
    )
    const segments = new Map<string, Rule>()
    for (const [index, value] of hostile.entries()) {
      segments.set(`equals-${index}`, { trait: 'country', op: 'equals', value })
      segments.set(`in-${index}`, { trait: 'country', op: 'in', value: [value] })
      segments.set(`list-${index}`, { trait: 'tags', op: 'contains', value })
      segments.set(`id-${index}`, { identifier: 'crm', op: 'in', value: [`x${value}x${index}`] })
      segments.set(`event-${index}`, {
        event: 'purchase',
        measure: 'last',
        property: 'shop',
        where: [{ property: 'shop', op: 'in', value: [value] }],
        op: 'equals',
        value,
      })
    }
    const reports = await store().evaluate(segments, asOf)
    const wrong = reports.filter(({ members }) => members !== 1)
    expect(wrong).toEqual([])
    expect(await duckdb.one(`SELECT count(*) AS n FROM profile`)).toEqual({ n: BigInt(hostile.length) })
  })

  it('takes the smaller message id for the earlier of two events at one microsecond', async () => {
    const person = aPerson({ events: [at('𝒳', 'beyond'), at('\uffff', 'within'), at('\uffffa', 'longer')] })
    await storePeople(duckdb, schema, [person])
    const first: Rule = {
      event: 'purchase',
      measure: 'first',
      property: 'shop',
      op: 'equals',
      value: 'within',
    }
    const last: Rule = { event: 'purchase', measure: 'last', property: 'shop', op: 'equals', value: 'beyond' }
    expect((await evaluate({ first, last })).map(({ members }) => members)).toEqual([1, 1])
    for (const rule of [first, last]) expect(evaluateRule(rule, person, { schema, asOf })).toBe(true)
  })
})

function countByReference(
  segments: ReadonlyMap<string, Rule>,
  people: readonly Person[],
): Record<string, number> {
  const memberOf = people.map(() => new Set<string>())
  return Object.fromEntries(
    [...segments].map(([name, rule]) => {
      const members = people.filter((person, index) => {
        const isMember =
          evaluateRule(rule, { ...person, segments: memberOf[index] ?? new Set() }, { schema, asOf }) === true
        if (isMember) memberOf[index]?.add(name)
        return isMember
      })
      return [name, members.length]
    }),
  )
}
