import { expect, it } from 'vitest'
import type { PersonEvent } from '../../../core/segment/person.ts'
import type { Rule } from '../../../core/segment/rule.ts'
import { hostileTexts } from '../../conformance/dialect/escape-corpus.ts'
import { aPerson, aPurchase, inCountry } from './a-person.ts'
import { describeEngines } from './describe-engines.ts'
import { worldAsOf as asOf, worldSchema as schema } from './random-world.ts'
import { referenceMembers } from './reference-members.ts'

const moment = { schema, asOf }
const at = (messageId: string, shop: string): PersonEvent => aPurchase({ messageId, properties: { shop } })

describeEngines('under rules that are large or hostile, the engine', moment, ({ engine }) => {
  const evaluate = (rules: Record<string, Rule>) => engine().together(new Map(Object.entries(rules)))

  it('evaluates more segments and distinct conditions than one column of bits holds', async () => {
    const people = Array.from({ length: 40 }, (_, index) =>
      aPerson({
        traits: { score: index },
        events: index % 3 === 0 ? [aPurchase({ properties: { amount: index } })] : [],
      }),
    )
    await engine().store(people)
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
    expect(await engine().together(segments)).toEqual(referenceMembers(segments, people, moment))
  })

  it('takes rules at the limits: 16 levels, 500 nodes, lists of 10,000', async () => {
    await engine().store([aPerson({ traits: { country: 'FR', score: 3 } }), aPerson()])
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
    const rules = { deep, wide, long, none: { not: long } }
    const expected = { deep: [1], wide: [1], long: [1], none: [] }
    expect(await evaluate(rules)).toEqual(expected)
    expect(await engine().alone(new Map(Object.entries(rules)))).toEqual(expected)
  })

  it('takes every hostile text as a value, wherever a rule may hold one', async () => {
    const hostile = hostileTexts.filter((text) => text.length < 100)
    await engine().store(
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
    const owners = [...segments.keys()].map((name) => [name, [Number(name.split('-')[1]) + 1]])
    expect(await engine().together(segments)).toEqual(Object.fromEntries(owners))
    const { everybody } = await evaluate({ everybody: { all: [] } })
    expect(everybody?.length).toBe(hostile.length)
  })

  it('takes the smaller message id for the earlier of two events at one microsecond', async () => {
    const person = aPerson({ events: [at('𝒳', 'beyond'), at('\uffff', 'within'), at('\uffffa', 'longer')] })
    await engine().store([person])
    const ends = { event: 'purchase', property: 'shop', op: 'equals' } as const
    const first: Rule = { ...ends, measure: 'first', value: 'within' }
    const last: Rule = { ...ends, measure: 'last', value: 'beyond' }
    const segments = new Map(Object.entries({ first, last }))
    expect(await engine().together(segments)).toEqual({ first: [1], last: [1] })
    expect(referenceMembers(segments, [person], moment)).toEqual({ first: [1], last: [1] })
  })
})
