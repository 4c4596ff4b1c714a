import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AffluentError, type ErrorParams } from '../../../core/errors/affluent-error.ts'
import { fieldName } from '../../../core/manifest/name.ts'
import { operatorNames } from '../../../core/segment/operator-names.ts'
import { ruleSchema, type Rule } from '../../../core/segment/rule.ts'
import { parseRuleText } from '../../../core/segment/text/parse-rule-text.ts'
import { printRule } from '../../../core/segment/text/print-rule.ts'
import { randomSegments } from './random-rule.ts'

/** SEGMENT_RUNS=2000 for a long run. */
const numRuns = Number(process.env['SEGMENT_RUNS'] ?? 60)

/** As a manifest has it: on a measure, evaluators know `ignore_case`, but the schema of rules does not. */
function asWritten(rule: Rule): unknown {
  return JSON.parse(JSON.stringify(rule), (_, value: unknown) => {
    if (typeof value !== 'object' || value === null || !('event' in value)) return value
    return Object.fromEntries(Object.entries(value).filter(([key]) => key !== 'ignore_case'))
  })
}

/** What is read back from a rule's text: the rule itself, and its text is the same again. */
function readBack(rule: Rule): Rule {
  const text = printRule(rule)
  const read = parseRuleText(text)
  expect(printRule(read)).toBe(text)
  return read
}

const hostileText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom(
    '30 days ago',
    '2024-02-30',
    '2024-02-29',
    '2024-02-29T10:00Z',
    "'",
    '"',
    '\\',
    '\ud800',
    '`',
    '1 day',
    '$t(x)',
  ),
)
const number = fc.double({ noNaN: true, noDefaultInfinity: true })
const keyword = fc.constantFrom(
  ...'not in all any and or everybody nobody top sample where first last count sum in_ from within is missing true identifier place net if by during time not_x'.split(
    ' ',
  ),
)
const name = fc
  .oneof(keyword, fc.stringMatching(/^[a-z][a-z0-9_]{0,62}$/))
  .filter((text) => fieldName.safeParse(text).success)
const scalar = fc.oneof(hostileText, number, fc.boolean())
const operand = fc.oneof(scalar, fc.array(scalar, { maxLength: 4 }))
/** Those that compare with words of the calendar or with lengths take texts, but no numbers. */
const spoken = [
  'within_last',
  'within_next',
  'more_than_ago',
  'more_than_ahead',
  'during',
  'anniversary',
  'day_of_week',
  'month',
] as const
const plain = operatorNames.filter(
  (op) => !['exists', 'missing', 'is_empty', 'at_least_age', 'between', ...spoken].includes(op),
)
const asked = fc.oneof(
  fc.record({ op: fc.constantFrom(...plain), value: operand }),
  fc.record({ op: fc.constantFrom(...spoken), value: hostileText }),
  fc.record({ op: fc.constant('between' as const), value: fc.tuple(scalar, scalar) }),
)

/** The params of the error of a text that is no rule. */
function faultOf(text: string): ErrorParams | undefined {
  try {
    readBack(parseRuleText(text))
    return undefined
  } catch (error) {
    if (error instanceof AffluentError && error.code === 'segment.text_invalid') return error.params
    throw error
  }
}

describe('the text form of rules', () => {
  it('says every rule, and is read back as exactly that rule', () => {
    fc.assert(
      fc.property(randomSegments(6), (segments) => {
        const rules = [...segments.values()].map((rule) => ruleSchema.parse(asWritten(rule)))
        expect(rules.map(readBack)).toStrictEqual(rules)
      }),
      { numRuns },
    )
  })

  it('keeps any name, text and number, whatever they look like', () => {
    const trait = fc.record(
      { trait: name, ifMissing: fc.boolean(), ignoreCase: fc.boolean(), asked },
      { requiredKeys: ['trait', 'asked'] },
    )
    const event = fc.record({
      event: name,
      property: name,
      where: fc.array(fc.tuple(name, asked), { maxLength: 2 }),
    })
    fc.assert(
      fc.property(
        trait,
        event,
        ({ trait: one, asked: compared, ifMissing, ignoreCase }, { where, ...subject }) => {
          const condition = ruleSchema.parse({
            trait: one,
            ...compared,
            ...(ignoreCase !== undefined && { ignore_case: ignoreCase }),
            ...(ifMissing !== undefined && { if_missing: ifMissing }),
          })
          const filter = where.map(([property, inner]) => ({ property, ...inner }))
          const rules = [
            condition,
            { all: [{ not: condition }, { ...subject, measure: 'last', where: filter, ...compared }] },
            {
              net: [
                { ...subject, where: filter, weight: 0.5 },
                { ...subject, weight: -2 },
              ],
              ...compared,
            },
          ].map((rule) => ruleSchema.parse(rule))
          expect(rules.map(readBack)).toStrictEqual(rules)
        },
      ),
      { numRuns: numRuns * 5 },
    )
  })

  it('throws nothing but its own error on texts that are no rules', () => {
    const pieces = [
      'country',
      '=',
      '"FR"',
      'and',
      'or',
      'not',
      '(',
      ')',
      ',',
      'sum',
      'performed',
      'purchase',
      '.',
      'amount',
      'last',
      '30',
      'days',
      'where',
      'in',
      'between',
      'followed by',
      'top',
      '%',
      '`',
      '\\',
      '"',
      'é',
      '2024-01-01',
      'all',
      'net',
      '-',
      '*',
      '\n',
    ]
    const typed = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.array(fc.constantFrom(...pieces), { maxLength: 14 }).map((words) => words.join(' ')),
    )
    fc.assert(
      fc.property(typed, (text) => {
        const { excerpt, caret, column } = faultOf(text) ?? { excerpt: '', caret: '^', column: 1 }
        expect(Number(column)).toBeGreaterThan(0)
        expect(String(caret).length).toBeLessThanOrEqual(String(excerpt).length + 1)
      }),
      { numRuns: numRuns * 20 },
    )
  })
})
