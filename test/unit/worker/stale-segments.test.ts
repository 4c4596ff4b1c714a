import { describe, expect, it } from 'vitest'
import type { SegmentReport } from '../../../core/port/segment-store.ts'
import type { Rule } from '../../../core/segment/rule.ts'
import { findStale } from '../../../hub-server/worker/stale-segments.ts'

const rules = new Map<string, Rule>([
  ['top', { not: { segment: 'middle' } }],
  ['middle', { all: [{ segment: 'bottom' }] }],
  ['bottom', { all: [] }],
  ['beside', { any: [] }],
])
const done = (segment: string): SegmentReport => ({ segment, members: 1, entered: 0, exited: 0 })
const failed = (segment: string, code: NonNullable<SegmentReport['failure']>['code']): SegmentReport => ({
  ...done(segment),
  failure: { code, params: {}, since: 5 },
})

describe('segments that an evaluation left as they were', () => {
  it('are none when all were evaluated', () => {
    expect([...findStale(rules, [...rules.keys()].map(done))]).toEqual([])
  })

  it('are those that failed and all that refer to them, with the one where the trouble began', () => {
    const reports = [
      failed('bottom', 'segment.too_slow'),
      failed('middle', 'segment.rests_on_failed'),
      done('top'),
      done('beside'),
    ]
    const stale = findStale(rules, reports)
    expect([...stale.keys()]).toEqual(['top', 'middle', 'bottom'])
    expect(stale.get('top')).toEqual({
      code: 'segment.not_evaluated',
      params: { segment: 'top', cause: 'bottom', reason: 'segment.too_slow' },
    })
  })

  it('are those that were not asked for, too', () => {
    const stale = findStale(rules, ['middle', 'bottom', 'beside'].map(done))
    expect([...stale]).toEqual([
      ['top', { code: 'segment.not_evaluated', params: { segment: 'top', cause: 'top', reason: '' } }],
    ])
  })
})
