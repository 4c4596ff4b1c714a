import { describe, expect, it } from 'vitest'
import { describeRule } from '../../../core/segment/describe-rule.ts'
import { evaluateRule } from '../../../core/segment/evaluate-rule.ts'
import { operatorNames } from '../../../core/segment/operator-names.ts'
import { measures, type Rule } from '../../../core/segment/rule.ts'
import { validateRule } from '../../../core/segment/validate-rule.ts'
import { walkRule } from '../../../core/segment/walk-rule.ts'
import { rankedPeople } from '../../support/ranked-people.ts'
import { describeEngines } from './describe-engines.ts'
import { countBlocks, pageSchema as schema, readExamples, readPeople } from './language-page.ts'

const asOf = Date.parse('2024-03-31T12:00:00Z')
const examples = readExamples()
const buyers: Rule = { event: 'purchase', measure: 'count', op: 'at_least', value: 1 }
const { names, people } = readPeople()

describe('docs/rule-language.md', () => {
  it('has nothing but examples that can be read', () => {
    expect(examples.length).toBe(countBlocks())
    expect(names.length).toBeGreaterThan(3)
  })

  it('has an example of every operator, measure and kind of node', () => {
    const nodes = examples.flatMap(({ rule }) => [...walkRule(rule)].map(({ node }) => node))
    const text = JSON.stringify(examples.map(({ rule }) => rule))
    expect(operatorNames.filter((name) => !text.includes(`"op":"${name}"`))).toEqual([])
    expect(measures.filter((name) => !text.includes(`"measure":"${name}"`))).toEqual([])
    const kinds =
      'all any audience consent event identifier money net not place rank sample segment trait zoned'
    expect([...new Set(nodes.map(({ kind }) => kind))].toSorted()).toEqual(kinds.split(' '))
  })

  it.each(examples.map((example) => [JSON.stringify(example.rule), example] as const))(
    'is right about %s',
    (_, { rule, sentence, members }) => {
      const segments = new Map<string, Rule>([
        ['example', rule],
        ['buyers', buyers],
      ])
      expect(validateRule(rule, { name: 'example', profileSchema: schema, segments })).toEqual([])
      expect(describeRule(rule, 'en')).toBe(sentence)
      const ranked = rankedPeople(people, segments.values(), { schema, asOf })
      const evaluated = ranked.flatMap((person, index) => {
        const isBuyer = evaluateRule(buyers, person, { schema, asOf }) === true
        const known = { ...person, segments: new Set(isBuyer ? ['buyers'] : []) }
        return evaluateRule(rule, known, { schema, asOf }) === true ? [names[index] ?? ''] : []
      })
      expect(evaluated).toEqual(members)
    },
  )
})

describeEngines('docs/rule-language.md', { schema, asOf }, ({ engine }) => {
  it('is right in the engine too', async () => {
    await engine().store(people)
    const segments = new Map<string, Rule>([['buyers', buyers]])
    for (const [index, { rule }] of examples.entries()) segments.set(`e${index}`, rule)
    const found = await engine().together(segments)
    for (const [index, { rule, members }] of examples.entries()) {
      const told = found[`e${index}`]?.map((id) => names[id - 1])
      expect({ rule, told }).toEqual({ rule, told: members })
    }
  })
})
