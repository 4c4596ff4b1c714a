import { describe, expect, it } from 'vitest'
import type { ProfileSchema } from '../../../core/profile/profile-schema.ts'
import { earliestEvent, earliestEvents } from '../../../core/segment/earliest-event.ts'
import type { EventWindow, Rule } from '../../../core/segment/rule.ts'
import { aRuleSchema } from './a-rule-schema.ts'

const asOf = Date.parse('2026-06-01T00:00:00Z')
const bought = (window?: EventWindow): Rule => ({
  event: 'purchase',
  measure: 'count',
  op: 'at_least',
  value: 1,
  ...(window && { window }),
})

function dayOf(rules: readonly Rule[], schema: ProfileSchema = aRuleSchema): string | undefined {
  const micros = earliestEvent(earliestEvents(rules, schema, asOf))
  return micros === undefined ? undefined : new Date(Number(micros / 1000n)).toISOString().slice(0, 10)
}

const tellEach = (rules: readonly Rule[]): Record<string, bigint | undefined> =>
  Object.fromEntries(earliestEvents(rules, aRuleSchema, asOf))

describe('the earliest event that matters', () => {
  it('is that of the longest window of all rules, with days to spare for clocks that are turned', () => {
    expect(dayOf([bought({ last: '7 days' })])).toBe('2026-05-23')
    expect(dayOf([{ not: bought({ last: '7 days' }) }, bought({ during: 'this year' })])).toBe('2025-12-29')
    expect(dayOf([{ time_zone: 'Pacific/Kiritimati', rule: bought({ from: '2026-05-01' }) }])).toBe(
      '2026-04-28',
    )
  })

  it('is any where a rule asks for all that ever happened, or for what lies beside another event', () => {
    expect(dayOf([bought({ last: '7 days' }), bought()])).toBeUndefined()
    expect(dayOf([bought({ to: '30 days ago' })])).toBeUndefined()
    expect(dayOf([bought({ after_event: { event: 'purchase', which: 'first' } })])).toBeUndefined()
  })

  it('is any where a computed trait asks for all that ever happened', () => {
    const computed = { event: 'purchase', measure: 'count' } as const
    const schema = {
      ...aRuleSchema,
      traits: { ...aRuleSchema.traits, orders: { type: 'number', computed } },
    } as unknown as ProfileSchema
    expect(dayOf([bought({ last: '7 days' })], schema)).toBeUndefined()
  })

  it('is told for each name, also of what follows and of what a window lies between', () => {
    const chained: Rule = {
      event: 'cart',
      measure: 'count',
      op: 'at_least',
      value: 1,
      window: { last: '7 days' },
      not_followed_by: { event: 'purchase', within: '2 hours' },
    }
    const week = BigInt(Date.parse('2026-05-23T00:00:00Z')) * 1000n
    const month = BigInt(Date.parse('2026-04-30T00:00:00Z')) * 1000n
    expect(tellEach([chained])).toEqual({ cart: week, purchase: week })
    expect(tellEach([chained, bought({ last: '30 days' })])).toEqual({ cart: week, purchase: month })
    expect(tellEach([chained, bought({ after_event: { event: 'open', which: 'last' } })])).toEqual({
      cart: week,
      purchase: undefined,
      open: undefined,
    })
  })
})
