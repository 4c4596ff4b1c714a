import { describe, expect, it } from 'vitest'
import { findHoldout } from '../../../core/membership/find-holdout.ts'
import type { Rule } from '../../../core/segment/rule.ts'

const holdouts = new Set(['spring.holdout'])
const find = (rules: Readonly<Record<string, Rule>>): readonly string[] | undefined =>
  findHoldout('sent', new Map(Object.entries({ 'spring.holdout': { all: [] }, ...rules })), holdouts)

describe('findHoldout', () => {
  it('finds a holdout that a rule lets in, through groups, zones and other segments', () => {
    expect(findHoldout('spring.holdout', new Map(), holdouts)).toEqual(['spring.holdout'])
    expect(find({ sent: { any: [{ all: [] }, { segment: 'spring.holdout' }] } })).toEqual([
      'sent',
      'spring.holdout',
    ])
    expect(
      find({
        sent: { time_zone: 'Europe/Paris', rule: { segment: 'between' } },
        between: { not: { not: { segment: 'spring.holdout' } } },
      }),
    ).toEqual(['sent', 'between', 'spring.holdout'])
  })

  it('takes an excluded holdout for none, however deep the exclusion lies', () => {
    expect(find({ sent: { all: [{ not: { segment: 'spring.holdout' } }] } })).toBeUndefined()
    expect(find({ sent: { not: { segment: 'kept' } }, kept: { segment: 'spring.holdout' } })).toBeUndefined()
  })

  it('looks at a segment both ways when it is asked for both ways', () => {
    const rules: Record<string, Rule> = {
      sent: { all: [{ not: { segment: 'kept' } }, { segment: 'kept' }] },
      kept: { any: [{ segment: 'spring.holdout' }] },
    }
    expect(find(rules)).toEqual(['sent', 'kept', 'spring.holdout'])
  })

  it('ends at a circle and at names that lead nowhere', () => {
    expect(find({ sent: { segment: 'b' }, b: { any: [{ segment: 'sent' }, { segment: 'gone' }] } })).toBe(
      undefined,
    )
  })
})
