import { describe, expect, it } from 'vitest'
import type { Rule } from '../../../core/segment/rule.ts'
import { parseRuleText } from '../../../core/segment/text/parse-rule-text.ts'
import { printRule } from '../../../core/segment/text/print-rule.ts'

describe('rules as text', () => {
  it('name parts of priority lists and splits, keywords of the language included', () => {
    const rule: Rule = {
      all: [{ segment: 'live.vip' }, { not: { segment: 'second.live.all' } }, { segment: 'count.holdout' }],
    }
    const text = 'in segment live.vip and not in segment second.live.`all` and in segment `count`.holdout'
    expect(printRule(rule)).toBe(text)
    expect(parseRuleText(text)).toEqual(rule)
  })

  it('point at what is no name after the dot', () => {
    expect(() => parseRuleText('in segment live.5')).toThrow(
      expect.objectContaining({
        code: 'segment.text_invalid',
        params: expect.objectContaining({ column: 17 }),
      }),
    )
  })
})
