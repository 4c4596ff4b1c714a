import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { describeRule } from '../../../../core/segment/describe-rule.ts'
import { operatorNames } from '../../../../core/segment/operator-names.ts'
import { measures, ruleSchema } from '../../../../core/segment/rule.ts'
import { parseRuleText } from '../../../../core/segment/text/parse-rule-text.ts'
import { printRule } from '../../../../core/segment/text/print-rule.ts'
import { validateRule } from '../../../../core/segment/validate-rule.ts'
import { walkRule } from '../../../../core/segment/walk-rule.ts'
import { pageSchema, readExamples } from '../../../integration/segment/language-page.ts'

const page = readFileSync(new URL('../../../../docs/rule-text.md', import.meta.url), 'utf8')
const examples = [...page.matchAll(/```rule\n([^`]*)\n```\n\n([^\n]*)\n/g)].map(
  ([, text = '', sentence = '']) => ({ text, sentence }),
)
const segments = new Map([['buyers', parseRuleText('performed(purchase)')]])

describe('docs/rule-text.md', () => {
  it('has an example of every operator, measure and kind of node, and nothing that is no example', () => {
    expect(examples).toHaveLength(page.split('```rule\n').length - 1)
    const rules = examples.map(({ text }) => parseRuleText(text))
    const json = JSON.stringify(rules)
    expect(operatorNames.filter((name) => !json.includes(`"op":"${name}"`))).toEqual([])
    expect(measures.filter((name) => !json.includes(`"measure":"${name}"`))).toEqual([])
    const kinds = new Set(rules.flatMap((rule) => [...walkRule(rule)].map(({ node }) => node.kind)))
    const all =
      'all any audience consent event identifier money net not place rank sample segment trait zoned'
    expect([...kinds].toSorted()).toEqual(all.split(' '))
  })

  it.each(examples)('is right about $text', ({ text, sentence }) => {
    const rule = parseRuleText(text)
    expect(ruleSchema.parse(rule)).toEqual(rule)
    expect(validateRule(rule, { name: '', profileSchema: pageSchema, segments })).toEqual([])
    expect(describeRule(rule, 'en')).toBe(sentence)
    expect(printRule(rule)).toBe(text)
  })
})

describe('docs/rule-language.md', () => {
  it.each(readExamples())('says $sentence in text too', ({ rule }) => {
    const text = printRule(rule)
    expect(parseRuleText(text)).toEqual(rule)
    expect(printRule(parseRuleText(text))).toBe(text)
  })
})
