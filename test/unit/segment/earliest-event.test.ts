import { describe, expect, it } from 'vitest'
import type { ProfileSchema } from '../../../core/profile/profile-schema.ts'
import { earliestEvent } from '../../../core/segment/earliest-event.ts'
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
  const micros = earliestEvent(rules, schema, asOf)
  return micros === undefined ? undefined : new Date(Number(micros / 1000n)).toISOString().slice(0, 10)
}

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
})
