import { describe, expect, it } from 'vitest'
import type { Rule } from '../../../core/segment/rule.ts'
import { orderSegments, segmentClosure } from '../../../core/segment/segment-order.ts'

const order = (segments: Record<string, Rule>) => orderSegments(new Map(Object.entries(segments)))

describe('orderSegments', () => {
  it('puts segments behind those they stand on, and keeps the given order within a level', () => {
    expect(
      order({
        d: { all: [{ segment: 'b' }, { segment: 'c' }] },
        c: { segment: 'a' },
        b: { not: { segment: 'a' } },
        a: { all: [] },
        z: { any: [] },
      }),
    ).toEqual([['a', 'z'], ['c', 'b'], ['d']])
  })

  it('names the circle, not what only leads to it', () => {
    expect(() => order({ x: { segment: 'a' }, a: { segment: 'b' }, b: { segment: 'a' } })).toThrow(
      expect.objectContaining({
        code: 'segment.cycle',
        params: expect.objectContaining({ cycle: 'a → b → a' }),
      }),
    )
    expect(() => order({ a: { not: { segment: 'a' } } })).toThrow(
      expect.objectContaining({ params: expect.objectContaining({ cycle: 'a → a' }) }),
    )
  })

  it('refuses a reference that leads nowhere', () => {
    expect(() => order({ a: { segment: 'gone' } })).toThrow(
      expect.objectContaining({
        code: 'segment.unknown_name',
        params: expect.objectContaining({ name: 'gone' }),
      }),
    )
  })

  it('takes a chain of 2,000 segments, and a rule nested 100,000 deep, without overflowing the stack', () => {
    const chain = Object.fromEntries(
      Array.from({ length: 2000 }, (_, index): [string, Rule] => [
        `s${index}`,
        index === 0 ? { all: [] } : { segment: `s${index - 1}` },
      ]),
    )
    expect(order(chain)).toHaveLength(2000)
    let deep: Rule = { segment: 'a' }
    for (let level = 0; level < 100_000; level += 1) deep = { not: deep }
    expect(order({ a: { all: [] }, deep })).toEqual([['a'], ['deep']])
  })
})

describe('segmentClosure', () => {
  it('has what a segment stands on, also in a circle', () => {
    const segments = new Map<string, Rule>([
      ['a', { segment: 'b' }],
      ['b', { segment: 'a' }],
      ['c', { all: [] }],
    ])
    expect([...segmentClosure('a', segments).keys()].sort()).toEqual(['a', 'b'])
    expect([...segmentClosure('c', segments).keys()]).toEqual(['c'])
  })
})
